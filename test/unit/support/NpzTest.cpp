//===- NpzTest.cpp - NumPy's archives of arrays ---------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/Npz.h"
#include "TemporaryDirectory.h"

#include "support/MappedFile.h"

#include <gtest/gtest.h>

using namespace graft;

namespace {

NpyArray sample() { return {"f4", {1, 2}, std::string("abcdefgh")}; }

std::string withHeader(std::string header, std::string elements) {
  std::string file("\x93NUMPY\x01\0", 8);
  file += static_cast<char>(header.size());
  file += '\0';
  return file + header + elements;
}

TEST(Npy, RoundTrips) {
  for (const NpyArray &array :
       {sample(), NpyArray{"u1", {}, "x"}, NpyArray{"i8", {0, 3}, ""},
        NpyArray{"b1", {2}, "01"}}) {
    Expected<NpyArray> read = parseNpy(formatNpy(array));
    ASSERT_TRUE(read) << read.status().message();
    EXPECT_EQ(read->dtype, array.dtype);
    EXPECT_EQ(read->shape, array.shape);
    EXPECT_EQ(read->bytes, array.bytes);
    EXPECT_EQ((formatNpy(array).size() - array.bytes.size()) % 64, 0u);
  }
}

TEST(Npy, NormalisesOrder) {
  Expected<NpyArray> array = parseNpy(
      withHeader("{'descr': '>u2', 'fortran_order': True, 'shape': (2, 2), }",
                 std::string("\0\1\0\2\0\3\0\4", 8)));
  ASSERT_TRUE(array) << array.status().message();
  EXPECT_EQ(array->bytes, std::string("\1\0\3\0\2\0\4\0", 8));
}

TEST(Npy, RefusesDamage) {
  std::string good = formatNpy(sample());
  for (size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(parseNpy(good.substr(0, length)));
  EXPECT_FALSE(parseNpy(good + "x"));
  for (const char *header :
       {"{'descr': '<f4', 'fortran_order': False, 'shape': "
        "(99999999999999999999,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, "
        "4294967296), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (\xb2,), }",
        "{'descr': '<f4', 'shape': (2,), }", "{", ""})
    EXPECT_FALSE(parseNpy(withHeader(header, std::string(8, 0)))) << header;
}

TEST(Npz, RoundTripsDeterministically) {
  test::TemporaryDirectory directory;
  NpzArrays arrays = {{"b", sample()}, {"a/x", {"f8", {1}, "12345678"}}};
  std::string one = directory / "one.npz", two = directory / "two.npz";
  ASSERT_TRUE(writeNpz(one, arrays));
  ASSERT_TRUE(writeNpz(two, arrays));
  EXPECT_EQ(MappedFile::open(one)->bytes(), MappedFile::open(two)->bytes());
  Expected<NpzArrays> read = readNpz(one);
  ASSERT_TRUE(read) << read.status().message();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(read->at("a/x").bytes, "12345678");
  EXPECT_EQ(read->at("b").shape, sample().shape);
}

TEST(Npz, RefusesDamage) {
  test::TemporaryDirectory directory;
  std::string path = directory / "x.npz";
  ASSERT_TRUE(writeNpz(path, {{"a", sample()}}));
  std::string good(MappedFile::open(path)->bytes());
  size_t accepted = 0;
  for (size_t length = 0; length < good.size(); ++length) {
    test::writeBytes(path, good.substr(0, length));
    accepted += readNpz(path).ok();
  }
  EXPECT_EQ(accepted, 0u);
  // A flipped element is caught by the archive's checksum.
  std::string flipped = good;
  flipped[good.find("abcdefgh")] ^= 1;
  test::writeBytes(path, flipped);
  EXPECT_FALSE(readNpz(path));
}

/// What a small archive inflates to is judged before it is.
TEST(Npz, ChecksBeforeInflating) {
  test::TemporaryDirectory directory;
  std::string path = directory / "x.npz";
  ASSERT_TRUE(writeNpz(path, {{"a", sample()}, {"b", sample()}}));
  std::vector<std::string> seen;
  Expected<NpzArrays> none =
      readNpz(path, [&](const std::string &name, const NpyHeader &header) {
        seen.push_back(name);
        EXPECT_EQ(header.shape, sample().shape);
        EXPECT_EQ(header.bytes, 8u);
        return name == "a" ? Status() : Status::usage("no " + name);
      });
  EXPECT_EQ(none.status().code(), StatusCode::Usage);
  EXPECT_EQ(none.status().message(), "no b");
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "b"}));
  // Elements that are not there are no reason to read them.
  std::string good(MappedFile::open(path)->bytes());
  for (size_t at; (at = good.find("abcdefgh")) != std::string::npos;)
    good[at] = 'x';
  test::writeBytes(path, good);
  Expected<NpzHeaders> headers = readNpzHeaders(path);
  ASSERT_TRUE(headers) << headers.status().message();
  EXPECT_EQ(headers->size(), 2u);
  EXPECT_FALSE(readNpz(path));
  // A header that claims more than the archive has.
  std::string longer(MappedFile::open(path)->bytes());
  for (size_t at; (at = longer.find("(1, 2)")) != std::string::npos;)
    longer.replace(at, 6, "(9, 2)");
  test::writeBytes(path, longer);
  EXPECT_NE(readNpzHeaders(path).status().message().find("does not fit"),
            std::string::npos);
}

} // namespace
