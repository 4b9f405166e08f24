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

/// Python and JSON take UTF-8 alone.
TEST(OneLine, EscapesWhatIsNoUtf8) {
  EXPECT_EQ(oneLine("a\xff\xfe"), "a\\FF\\FE");
  EXPECT_EQ(oneLine("\xe2\x82"), "\\E2\\82");                 // cut off
  EXPECT_EQ(oneLine("\xc0\xaf"), "\\C0\\AF");                 // overlong
  EXPECT_EQ(oneLine("\xed\xa0\x80"), "\\ED\\A0\\80");         // a surrogate
  EXPECT_EQ(oneLine("\xf5\x80\x80\x80"), "\\F5\\80\\80\\80"); // none
  EXPECT_EQ(oneLine("\xf0\x9f\x8c\xb1"), "\xf0\x9f\x8c\xb1");
  EXPECT_EQ(oneLine("\xc2\x9b"), "\\C2\\9B"); // a terminal's CSI
}

TEST(OneLine, ShortensWhatIsEndless) {
  std::string text = oneLine("<" + std::string(1 << 20, 'x') + ">");
  EXPECT_LT(text.size(), 570u);
  EXPECT_EQ(text.front(), '<');
  EXPECT_EQ(text.back(), '>');
  // Escapes lengthen, and no character is cut in two.
  EXPECT_LT(oneLine(std::string(500, '\n')).size(), 570u);
  std::string wide;
  for (int i = 0; i < 1000; ++i)
    wide += "\xe2\x82\xac";
  std::string shown = oneLine(wide);
  EXPECT_LT(shown.size(), 570u);
  EXPECT_EQ(shown, oneLine(shown));
}
