#include "agent/jobhost/linux/cgroup_mount.h"

#include "gtest/gtest.h"

namespace proctor::jobhost {
namespace {

constexpr char kUnified[] =
    "29 1 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr char kHybrid[] =
    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

TEST(CgroupMount, PureV2) {
  EXPECT_EQ(CgroupDirectoryFrom("0::/system.slice/a.service\n", kUnified).value(),
            "/sys/fs/cgroup/system.slice/a.service");
}

TEST(CgroupMount, HybridTakesTheUnifiedHierarchy) {
  EXPECT_EQ(CgroupDirectoryFrom("4:memory:/elsewhere\n0::/x\n", kHybrid).value(),
            "/sys/fs/cgroup/unified/x");
}

TEST(CgroupMount, TheRootIsTheMountPoint) {
  EXPECT_EQ(CgroupDirectoryFrom("0::/\n", kHybrid).value(), "/sys/fs/cgroup/unified");
}

TEST(CgroupMount, AMountOfAPartOfTheHierarchy) {
  const char* const part = "29 1 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
  EXPECT_EQ(CgroupDirectoryFrom("0::/docker/abc/job\n", part).value(), "/sys/fs/cgroup/job");
  EXPECT_FALSE(CgroupDirectoryFrom("0::/docker/abcd\n", part).ok()) << "a name is not a prefix";
  EXPECT_FALSE(CgroupDirectoryFrom("0::/elsewhere\n", part).ok());
}

TEST(CgroupMount, EscapedNames) {
  EXPECT_EQ(
      CgroupDirectoryFrom("0::/a\n", "29 1 0:26 / /my\\040cgroups rw - cgroup2 c rw\n").value(),
      "/my cgroups/a");
}

TEST(CgroupMount, MachinesWithoutV2) {
  EXPECT_FALSE(CgroupDirectoryFrom("4:memory:/x\n", kUnified).ok());
  EXPECT_FALSE(
      CgroupDirectoryFrom("0::/x\n", "35 31 0:32 / /c rw - cgroup cgroup rw,memory\n").ok());
}

}  // namespace
}  // namespace proctor::jobhost
