// What a job host was started with and its jobs must not have: its place with the OOM killer and
// the schedulers, its limit of open files.

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/agent/jobhost/host_test.h"
#include "tests/agent/jobhost/test_user.h"

namespace proctor::jobhost {
namespace {

using ::testing::HasSubstr;

constexpr uid_t kNobody = 65534;

void SetOomScore(const char* score, size_t size) {
  const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY);
  if (fd < 0 || ::write(fd, score, size) < 0) ::_exit(125);
  ::close(fd);
}

// CAP_SYS_RESOURCE, which containers withhold from their root.
bool MayProtect() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct held[2] = {};
  if (::syscall(SYS_capget, &header, held) != 0) return false;
  return (held[0].effective >> CAP_SYS_RESOURCE & 1) != 0;
}

class HostPriorityTest : public HostTest {
 protected:
  // oom_score_adj, nice value and policy of the job, and whether it may lower the first.
  std::string Standing(uid_t uid = 0) {
    Launch launch = MakeShell("a",
                              "cat /proc/self/oom_score_adj; cut -d' ' -f19,41 /proc/self/stat; "
                              "(echo -100 > /proc/self/oom_score_adj) 2>/dev/null && echo lowered");
    if (uid != 0) {
      launch.set_uid(uid);
      launch.set_gid(uid);
      launch.clear_groups();
      launch.set_change_identity(::geteuid() == 0 && !host_is_user_);
    }
    Spool(&launch);
    EXPECT_EQ(RunJob(launch).phase(), FINAL);
    return Spooled("a");
  }

  std::string HostOomScore() {
    return ReadWholeFile(absl::StrCat("/proc/", host().pid(), "/oom_score_adj"));
  }

  bool host_is_user_ = false;
};

TEST_F(HostPriorityTest, TheHostIsProtectedAndItsJobsAreOrdinary) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  HostProcess::Options options;
  options.prepare = [] {
    SetOomScore("321", 3);
    const sched_param none = {};
    if (::sched_setscheduler(0, SCHED_BATCH, &none) != 0) ::_exit(125);
    if (::setpriority(PRIO_PROCESS, 0, 7) != 0) ::_exit(125);
  };
  StartHost(options);
  EXPECT_EQ(HostOomScore(), MayProtect() ? "-900\n" : "0\n");
  EXPECT_EQ(Standing(kNobody), "0\n0 0\n");
}

TEST_F(HostPriorityTest, AHighPriorityIsNotInheritedEither) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  HostProcess::Options options;
  options.prepare = [] {
    if (::setpriority(PRIO_PROCESS, 0, -11) != 0) ::_exit(125);
  };
  StartHost(options);
  EXPECT_EQ(Standing(kNobody), "0\n0 0\n");
}

TEST_F(HostPriorityTest, NoJobIsProtectedFromTheOomKillerOrCanProtectItself) {
  if (!MayProtect()) GTEST_SKIP() << "needs CAP_SYS_RESOURCE";
  HostProcess::Options options;
  options.prepare = [] { SetOomScore("-1000", 5); };
  StartHost(options);
  EXPECT_EQ(HostOomScore(), "-1000\n");
  EXPECT_EQ(Standing(kNobody), "0\n0 0\n");
}

TEST_F(HostPriorityTest, TheIoClassIsNotInherited) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  HostProcess::Options options;
  options.prepare = [] {
    constexpr int kWhoProcess = 1;
    const int idle = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0);
    if (::syscall(SYS_ioprio_set, kWhoProcess, 0, idle) != 0) ::_exit(125);
  };
  StartHost(options);
  ASSERT_TRUE(client().Start(MakeLaunch("a", {"/bin/sleep", "1000"})).ok());
  const int64_t pid = client().AwaitPhase("a", RUNNING).value().pid();
  const long priority = ::syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid);
  EXPECT_NE(IOPRIO_PRIO_CLASS(priority), IOPRIO_CLASS_IDLE);
}

TEST_F(HostPriorityTest, TheCpusThatTheHostIsBoundToBindItsJobs) {
  HostProcess::Options options;
  options.prepare = [] {
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    ::sched_setaffinity(0, sizeof(first), &first);
  };
  StartHost(options);
  Launch launch = MakeLaunch("a", {"/bin/grep", "Cpus_allowed_list", "/proc/self/status"});
  Spool(&launch);
  RunJob(launch);
  EXPECT_EQ(Spooled("a"), "Cpus_allowed_list:\t0\n");
}

TEST_F(HostPriorityTest, AHostWithoutPrivilegesPassesOnWhatItCannotLower) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  HostProcess::Options options;
  options.run_as = kNobody;
  options.prepare = [] {
    SetOomScore("321", 3);
    if (::setpriority(PRIO_PROCESS, 0, 7) != 0) ::_exit(125);
  };
  StartHost(options);
  host_is_user_ = true;
  EXPECT_THAT(Standing(kNobody), HasSubstr("\n7 0\n"));
}

TEST_F(HostPriorityTest, AHostThatCannotTakeItFromItsJobsGivesUpItsProtection) {
  if (!MayProtect()) GTEST_SKIP() << "needs CAP_SYS_RESOURCE";
  HostProcess::Options options;
  options.run_as = kNobody;
  options.prepare = [] { SetOomScore("-500", 4); };
  StartHost(options);
  host_is_user_ = true;
  EXPECT_EQ(HostOomScore(), "0\n");
  EXPECT_THAT(Standing(kNobody), HasSubstr("0\n0 0\n"));
}

TEST_F(HostPriorityTest, JobsGetTheLimitOfOpenFilesThatIsAskedFor) {
  HostProcess::Options options;
  options.flags = {"--open-files=321"};
  StartHost(options);
  Launch launch = MakeShell("a", "ulimit -Sn; ulimit -Hn");
  Spool(&launch);
  RunJob(launch);
  rlimit limit;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(Spooled("a"), absl::StrCat("321\n", limit.rlim_max, "\n"));
}

}  // namespace
}  // namespace proctor::jobhost
