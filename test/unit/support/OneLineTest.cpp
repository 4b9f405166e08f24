//===- OneLineTest.cpp - messages that quote anything ---------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/OneLine.h"

#include <gtest/gtest.h>

using namespace graft;

TEST(OneLine, EscapesWhatBreaksALine) {
  using namespace std::string_literals;
  EXPECT_EQ(oneLine("plain text, größe"), "plain text, größe");
  EXPECT_EQ(oneLine("a\nb\0c\x7f\x1b[1m"s), "a\\0Ab\\00c\\7F\\1B[1m");
}

TEST(OneLine, ShortensWhatIsEndless) {
  std::string text = oneLine("<" + std::string(1 << 20, 'x') + ">");
  EXPECT_LT(text.size(), 2100u);
  EXPECT_EQ(text.front(), '<');
  EXPECT_EQ(text.back(), '>');
}
