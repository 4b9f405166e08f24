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
#include "support/TemporaryFiles.h"
#include "gtest/gtest.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

TEST(AtomicFileTest, ReplacesItsOwnKindAlone) {
  static constexpr FileKind kind{"a greeting", [](std::string_view bytes) {
                                   return bytes.substr(0, 5) == "hello";
                                 }};
  TemporaryDirectory dir;
  EXPECT_TRUE(AtomicFile::writeAll(dir / "f", "hello 1", kind)); // new
  EXPECT_TRUE(AtomicFile::writeAll(dir / "f", "hello 2", kind));
  writeBytes(dir / "empty", "");
  EXPECT_TRUE(AtomicFile::writeAll(dir / "empty", "hello 3", kind));
  EXPECT_TRUE(AtomicFile::writeAll("/dev/null", "hello 4", kind));
  writeBytes(dir / "other", "goodbye");
  std::filesystem::create_symlink("other", dir / "link");
  for (const char *name : {"other", "link"}) {
    Status status = AtomicFile::writeAll(dir / name, "hello 5", kind);
    EXPECT_EQ(status.code(), StatusCode::Failed);
    EXPECT_EQ(status.message(), "'" + (dir / name) +
                                    "' exists and is not a greeting; name "
                                    "another file or remove it first");
  }
  EXPECT_EQ(readBytes(dir / "other"), "goodbye");
  EXPECT_EQ(readBytes(dir / "f"), "hello 2");
}

TEST(AtomicFileTest, TakesTheLongestName) {
  TemporaryDirectory dir;
  std::string longest = dir / std::string(255, 'n');
  EXPECT_TRUE(AtomicFile::writeAll(longest, "x"));
  EXPECT_EQ(readBytes(longest), "x");
  EXPECT_FALSE(AtomicFile::writeAll(longest + "n", "x"));
  EXPECT_EQ(dir.count(), 1u);
}

/// What a signal handler does.
TEST(TemporaryFilesTest, AllAreRemoved) {
  TemporaryDirectory dir;
  Expected<AtomicFile> file = AtomicFile::create(dir / "f");
  Expected<AtomicDirectory> out = AtomicDirectory::create(dir / "out");
  ASSERT_TRUE(file && out);
  ASSERT_TRUE(file->write("abc"));
  std::filesystem::create_directories(out->path() + "/a/b/c");
  std::filesystem::create_directories(out->path() + "/a/d");
  writeBytes(out->path() + "/a/b/c/x", "1");
  writeBytes(out->path() + "/a/y", "2");
  std::filesystem::create_directory_symlink(dir / "kept", out->path() + "/l");
  std::filesystem::create_directory(dir / "kept");
  writeBytes(dir / "kept/z", "3");
  ASSERT_TRUE(AtomicFile::writeAll(dir / "done", "4"));
  EXPECT_EQ(dir.count(), 4u);
  removeTemporaries();
  EXPECT_EQ(dir.count(), 2u);
  EXPECT_EQ(readBytes(dir / "kept/z"), "3");
  EXPECT_EQ(readBytes(dir / "done"), "4");
}

/// A file of a process that is dead goes, whatever it holds; others stay.
TEST(TemporaryFilesTest, StaleOnesAreRemoved) {
  TemporaryDirectory dir;
  pid_t child = ::fork();
  if (child == 0) {
    // Without an end: no destructor runs.
    (void)AtomicFile::create(dir / "f")->write("abc");
    AtomicFile leaked = *AtomicFile::create(dir / "f");
    AtomicDirectory folder = *AtomicDirectory::create(dir / "out");
    writeBytes(folder.path() + "/x", "1");
    ::_exit(0);
  }
  int status;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(dir.count(), 2u);
  std::string pid = std::to_string(child), own = std::to_string(::getpid());
  const std::vector<std::string> others = {
      ".graft-" + own + "-0.tmp", ".graft-" + pid + "-0.tmp.pb",
      ".graft-x-0.tmp",           ".graft-" + pid + ".tmp",
      ".graft-" + pid + "-.tmp",  "graft-" + pid + "-0.tmp"};
  for (const std::string &name : others)
    writeBytes(dir / name, "2");
  // One whose lock is held is under way, perhaps in another container.
  std::string held = dir / (".graft-" + pid + "-99.tmp");
  writeBytes(held, "3");
  int fd = ::open(held.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(fd, LOCK_EX | LOCK_NB), 0);
  ASSERT_TRUE(AtomicFile::writeAll(dir / "g", "4"));
  ::close(fd);
  EXPECT_EQ(dir.count(), others.size() + 2);
  EXPECT_EQ(readBytes(held), "3");
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
