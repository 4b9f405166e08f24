//===- ProcessorsTest.cpp - processors that this process may use ----------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "support/Processors.h"
#include "TemporaryDirectory.h"

#include <climits>
#include <gtest/gtest.h>
#include <sched.h>
#include <thread>

using namespace graft;

namespace {

/// A tree of control groups.
class CpuQuota : public testing::Test {
protected:
  void write(const std::string &file, const std::string &text) {
    std::filesystem::path path(directory / file);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  double find(const std::string &group, const std::string &mounts) {
    return findCpuQuota(group, mounts, directory.path());
  }

  static constexpr const char *kVersion2 =
      "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 "
      "rw,nsdelegate\n";
  static constexpr const char *kVersion1 =
      "22 1 254:1 / / rw - ext4 /dev/vda1 rw\n"
      "34 25 0:29 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup "
      "rw,memory\n"
      "35 25 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 - cgroup cgroup "
      "rw,cpu,cpuacct\n"
      "36 25 0:31 / /sys/fs/cgroup/cpuset rw shared:11 - cgroup cgroup "
      "rw,cpuset\n";
  test::TemporaryDirectory directory;
};

} // namespace

TEST_F(CpuQuota, NoneWithoutGroups) {
  EXPECT_EQ(find("", ""), 0);
  EXPECT_EQ(find("0::/a\n", kVersion2), 0);
  EXPECT_EQ(find("nonsense\n::::\n\n", "x\n1 2 3 - \n - - -\n"), 0);
}

TEST_F(CpuQuota, Version2TakesTheLeastUpToTheRoot) {
  write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(find("0::/a/b\n", kVersion2), 0);
  write("sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  EXPECT_EQ(find("0::/a/b\n", kVersion2), 1.5);
  write("sys/fs/cgroup/a/b/cpu.max", "50000 100000\n");
  EXPECT_EQ(find("0::/a/b\n", kVersion2), 0.5);
  EXPECT_EQ(find("0::/a\n", kVersion2), 1.5);
  EXPECT_EQ(find("0::/\n", kVersion2), 0);
  write("sys/fs/cgroup/cpu.max", "25000 100000\n");
  EXPECT_EQ(find("0::/a/b\n", kVersion2), 0.25);
}

TEST_F(CpuQuota, Version1TakesTheHierarchyOfCpu) {
  const char *groups = "9:name=systemd:/x\n3:cpuset:/c\n"
                       "2:cpu,cpuacct:/docker/abc\n0::/u\n";
  write("sys/fs/cgroup/cpuset/c/cpu.cfs_quota_us", "1\n");
  write("sys/fs/cgroup/cpuset/c/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(find(groups, kVersion1), 0);
  write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "300000\n");
  EXPECT_EQ(find(groups, kVersion1), 3);
}

TEST_F(CpuQuota, AContainerSeesItsGroupAsTheRoot) {
  // The path is the host's, and the mount shows the group itself.
  const char *mounts =
      "35 25 0:30 /docker/abc /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n";
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(find("2:cpu:/docker/abc\n", mounts), 2);
  // Or both are relative to a name space of groups.
  EXPECT_EQ(find("2:cpu:/\n", mounts), 2);
  EXPECT_EQ(find("2:cpu:/docker/other\n", mounts), 2);
}

TEST_F(CpuQuota, WhatIsNoNumberIsNoLimit) {
  for (const char *text :
       {"", "max", "0 100000", "-5 100000", "5 0", "5", "nan 1", "x y"}) {
    write("sys/fs/cgroup/cpu.max", text);
    EXPECT_EQ(find("0::/\n", kVersion2), 0) << text;
  }
}

TEST(Processors, FollowTheAffinity) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  EXPECT_EQ(affineProcessors(), CPU_COUNT(&before));
  EXPECT_LE(availableProcessors(), affineProcessors());
  std::thread([&] {
    int first = 0;
    while (!CPU_ISSET(first, &before))
      ++first;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    EXPECT_EQ(affineProcessors(), 1);
    EXPECT_EQ(availableProcessors(), 1);
    EXPECT_EQ(resolveThreads(0), 1);
  }).join();
}

TEST(Processors, ThreadsAreClamped) {
  EXPECT_EQ(resolveThreads(0), availableProcessors());
  EXPECT_EQ(resolveThreads(-7), availableProcessors());
  EXPECT_EQ(resolveThreads(1), 1);
  EXPECT_EQ(resolveThreads(256), 256);
  for (int many : {257, 32767, 65536, INT_MAX})
    EXPECT_EQ(resolveThreads(many), kMaxThreads);
}
