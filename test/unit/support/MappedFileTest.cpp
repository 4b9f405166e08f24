//===- MappedFileTest.cpp - Tests of MappedFile ---------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Contents, emptiness, lifetime and errors.
//
//===----------------------------------------------------------------------===//

#include "support/MappedFile.h"

#include "TemporaryDirectory.h"
#include "gtest/gtest.h"

#include <sys/stat.h>

using namespace graft;
using namespace graft::test;

TEST(MappedFileTest, MapsTheBytes) {
  TemporaryDirectory dir;
  std::string contents(100000, 'x');
  contents[70000] = '\0';
  writeBytes(dir / "f", contents);
  Expected<MappedFile> file = MappedFile::open(dir / "f");
  ASSERT_TRUE(file) << file.status().message();
  EXPECT_EQ(file->bytes(), contents);
  // The mapping moves with the object and outlives the name.
  MappedFile moved = *std::move(file);
  std::filesystem::remove(dir / "f");
  EXPECT_EQ(moved.bytes(), contents);
}

TEST(MappedFileTest, ReturnedPagesAreReadAgain) {
  TemporaryDirectory dir;
  std::string contents;
  for (int i = 0; i < 10000; ++i)
    contents += std::to_string(i) + " ";
  writeBytes(dir / "f", contents);
  Expected<MappedFile> file = MappedFile::open(dir / "f");
  ASSERT_TRUE(file) << file.status().message();
  EXPECT_EQ(file->bytes(), contents);
  returnPages(file->bytes().substr(1));
  EXPECT_EQ(file->bytes(), contents);
  // What no file holds stays as it is.
  std::string copy = contents;
  returnPages(copy);
  EXPECT_EQ(copy, contents);
}

TEST(MappedFileTest, AnEmptyFileIsNoError) {
  TemporaryDirectory dir;
  writeBytes(dir / "f", "");
  Expected<MappedFile> file = MappedFile::open(dir / "f");
  ASSERT_TRUE(file) << file.status().message();
  EXPECT_EQ(file->size(), 0u);
}

TEST(MappedFileTest, ErrorsNameThePath) {
  TemporaryDirectory dir;
  Expected<MappedFile> missing = MappedFile::open(dir / "missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.status().code(), StatusCode::BadInput);
  EXPECT_EQ(missing.status().message(), "cannot open '" + (dir / "missing") +
                                            "': No such file or directory");

  Expected<MappedFile> directory = MappedFile::open(dir.path());
  ASSERT_FALSE(directory);
  EXPECT_NE(directory.status().message().find("is a directory"),
            std::string::npos);

  // A pipe without a writer is refused at once, not waited for.
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  Expected<MappedFile> pipe = MappedFile::open(dir / "pipe");
  ASSERT_FALSE(pipe);
  EXPECT_NE(pipe.status().message().find("not a regular file"),
            std::string::npos);
}
