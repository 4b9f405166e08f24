//===- StatusTest.cpp - Tests of Status and Expected ----------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Codes are exit codes, and a value is moved out whole.
//
//===----------------------------------------------------------------------===//

#include "support/Status.h"

#include "gtest/gtest.h"

#include <memory>

using namespace graft;

TEST(StatusTest, CarriesTheExitCode) {
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(Status().exitCode(), 0);
  EXPECT_EQ(Status::failed("x").exitCode(), 1);
  EXPECT_EQ(Status::usage("x").exitCode(), 2);
  EXPECT_EQ(Status::mismatch("x").exitCode(), 3);
  EXPECT_EQ(Status::badInput("x").exitCode(), 4);
  EXPECT_EQ(Status::exhausted("x").exitCode(), 5);
  EXPECT_EQ(Status::internal("x").exitCode(), 70);
  EXPECT_EQ(Status::badInput("why").message(), "why");
}

TEST(StatusTest, ExpectedHoldsAValueOrAnError) {
  Expected<std::unique_ptr<int>> value = std::make_unique<int>(7);
  ASSERT_TRUE(value);
  EXPECT_TRUE(value.status().ok());
  std::unique_ptr<int> taken = *std::move(value);
  EXPECT_EQ(*taken, 7);

  Expected<std::unique_ptr<int>> error = Status::usage("no");
  ASSERT_FALSE(error);
  EXPECT_EQ(error.status().code(), StatusCode::Usage);
}
