//===- AtomicFileTest.cpp - Tests of AtomicFile and AtomicDirectory -------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whole or absent: nothing is left behind without a commit, and what was there
// before stays until then.
//
//===----------------------------------------------------------------------===//

#include "support/AtomicFile.h"

#include "TemporaryDirectory.h"
#include "gtest/gtest.h"

#include <sys/stat.h>

using namespace graft;
using namespace graft::test;
using Existing = AtomicDirectory::Existing;

TEST(AtomicFileTest, AppearsOnCommit) {
  TemporaryDirectory dir;
  writeBytes(dir / "f", "old");
  Expected<AtomicFile> file = AtomicFile::create(dir / "f");
  ASSERT_TRUE(file) << file.status().message();
  ASSERT_TRUE(file->write("abc"));
  ASSERT_TRUE(file->padTo(8));
  ASSERT_TRUE(file->write("d"));
  EXPECT_EQ(file->size(), 9u);
  EXPECT_EQ(readBytes(dir / "f"), "old");
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(readBytes(dir / "f"), std::string("abc\0\0\0\0\0d", 9));
  EXPECT_EQ(dir.count(), 1u);
}

TEST(AtomicFileTest, WithoutCommitNothingIsLeft) {
  TemporaryDirectory dir;
  {
    Expected<AtomicFile> file = AtomicFile::create(dir / "f");
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("abc"));
    EXPECT_EQ(dir.count(), 1u);
  }
  EXPECT_EQ(dir.count(), 0u);
}

TEST(AtomicFileTest, KeepsModeAndLinks) {
  TemporaryDirectory dir;
  writeBytes(dir / "f", "old");
  ASSERT_EQ(::chmod((dir / "f").c_str(), 0640), 0);
  std::filesystem::create_symlink("f", dir / "link");
  ASSERT_TRUE(AtomicFile::writeAll(dir / "link", "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(dir / "link"));
  EXPECT_EQ(readBytes(dir / "f"), "new");
  struct stat info;
  ASSERT_EQ(::stat((dir / "f").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

TEST(AtomicFileTest, ADeviceStaysADevice) {
  ASSERT_TRUE(AtomicFile::writeAll("/dev/null", "abc"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(AtomicFileTest, ErrorsNameTheDestination) {
  TemporaryDirectory dir;
  Status status = AtomicFile::writeAll(dir / "no/such", "x");
  EXPECT_EQ(status.code(), StatusCode::Failed);
  EXPECT_EQ(status.message(), "cannot write '" + (dir / "no/such") +
                                  "': No such file or directory");
  EXPECT_FALSE(AtomicFile::writeAll(dir.path(), "x"));
  Status full = AtomicFile::writeAll("/dev/full", "x");
  EXPECT_EQ(full.code(), StatusCode::Exhausted);
}

TEST(AtomicDirectoryTest, AppearsOnCommit) {
  TemporaryDirectory dir;
  Expected<AtomicDirectory> out = AtomicDirectory::create(dir / "out/");
  ASSERT_TRUE(out) << out.status().message();
  std::filesystem::create_directory(out->path() + "/variables");
  writeBytes(out->path() + "/variables/a", "1");
  EXPECT_FALSE(std::filesystem::exists(dir / "out"));
  ASSERT_TRUE(out->commit());
  EXPECT_EQ(readBytes(dir / "out/variables/a"), "1");
  EXPECT_EQ(dir.count(), 1u);
}

TEST(AtomicDirectoryTest, WithoutCommitNothingIsLeft) {
  TemporaryDirectory dir;
  {
    Expected<AtomicDirectory> out = AtomicDirectory::create(dir / "out");
    ASSERT_TRUE(out);
    writeBytes(out->path() + "/a", "1");
  }
  EXPECT_EQ(dir.count(), 0u);
}

TEST(AtomicDirectoryTest, ReplacesOnlyWhenAsked) {
  TemporaryDirectory dir;
  std::filesystem::create_directory(dir / "out");
  writeBytes(dir / "out/old", "1");
  EXPECT_FALSE(AtomicDirectory::create(dir / "out"));
  {
    Expected<AtomicDirectory> out =
        AtomicDirectory::create(dir / "out", Existing::Replace);
    ASSERT_TRUE(out) << out.status().message();
    writeBytes(out->path() + "/new", "2");
    Status status = out->commit();
    ASSERT_TRUE(status) << status.message();
  }
  EXPECT_EQ(readBytes(dir / "out/new"), "2");
  EXPECT_FALSE(std::filesystem::exists(dir / "out/old"));
  EXPECT_EQ(dir.count(), 1u);
}

TEST(AtomicDirectoryTest, AnEmptyDirectoryIsTaken) {
  TemporaryDirectory dir;
  std::filesystem::create_directory(dir / "out");
  Expected<AtomicDirectory> out = AtomicDirectory::create(dir / "out");
  ASSERT_TRUE(out) << out.status().message();
  writeBytes(out->path() + "/a", "1");
  ASSERT_TRUE(out->commit());
  EXPECT_EQ(readBytes(dir / "out/a"), "1");
}
