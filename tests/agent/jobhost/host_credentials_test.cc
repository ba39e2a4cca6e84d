// A job's Kerberos credential cache: where it is, whose it is, and that nothing of it stays.

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/agent/jobhost/host_test.h"
#include "tests/agent/jobhost/test_user.h"
#include "tests/capabilities/posix/shared_build.h"

namespace proctor::jobhost {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kTickets[] = "not really tickets";

// Caches of jobs of this name, of hosts of every user.
std::vector<std::string> CachesOf(const std::string& job_id) {
  std::vector<std::string> found;
  for (const char* base : {"/run", "/dev/shm"}) {
    std::error_code ignored;
    for (const auto& directory : std::filesystem::directory_iterator(base, ignored)) {
      const std::string path = directory.path();
      if (!absl::StrContains(path, "/proctor-ccache-")) continue;
      const std::string file = absl::StrCat(path, "/", job_id);
      if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) {
        found.push_back(file);
      }
    }
  }
  return found;
}

class HostCredentialsTest : public HostTest {
 protected:
  // Unlike those of other tests that run beside this one.
  const std::string job_id_ = absl::StrCat("credentials-", ::getpid());

  Launch MakeDelegated(const std::string& script) const {
    Launch launch = MakeShell(job_id_, script);
    launch.set_credential_cache(kTickets);
    Spool(&launch);
    return launch;
  }

  bool SpoolComesToHold(const std::string& text) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (!absl::StrContains(Spooled(job_id_), text)) {
      if (absl::Now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
};

TEST_F(HostCredentialsTest, TheJobFindsItsOwnCacheInMemory) {
  StartHost();
  const JobReport report = RunJob(
      MakeDelegated("printf '%s\\n' \"$KRB5CCNAME\"; f=${KRB5CCNAME#FILE:}; cat \"$f\"; echo;"
                    "stat -c '%a %u %F' \"$f\"; stat -f -c %T \"$f\""));
  EXPECT_EQ(report.main_exit().wait_status(), 0);
  const std::vector<std::string> lines = absl::StrSplit(Spooled(job_id_), '\n', absl::SkipEmpty());
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines[0], HasSubstr("FILE:/"));
  EXPECT_EQ(lines[1], kTickets);
  EXPECT_EQ(lines[2], absl::StrCat("600 ", ::geteuid(), " regular file"));
  EXPECT_EQ(lines[3], "tmpfs");
}

TEST_F(HostCredentialsTest, WithoutCredentialsThereIsNoCache) {
  StartHost();
  Launch launch = MakeShell(job_id_, "echo \"${KRB5CCNAME-none}\"");
  Spool(&launch);
  RunJob(launch);
  EXPECT_EQ(Spooled(job_id_), "none\n");
}

TEST_F(HostCredentialsTest, ItLivesAsLongAsTheTree) {
  StartHost();
  // The main process ends; a child of it holds the tree until its input does.
  Launch launch = MakeDelegated("sleep 1000 & exit 0");
  launch.set_keep_tree(true);
  ASSERT_TRUE(client().Start(launch).ok());
  ASSERT_TRUE(client().AwaitPhase(job_id_, DRAINING).ok());
  EXPECT_THAT(CachesOf(job_id_), SizeIs(1));
  ASSERT_TRUE(client().Kill(job_id_, SIGKILL, absl::ZeroDuration()).ok());
  ASSERT_TRUE(client().AwaitEnd(job_id_).ok());
  EXPECT_THAT(CachesOf(job_id_), IsEmpty());
}

TEST_F(HostCredentialsTest, AFailedLaunchLeavesNone) {
  StartHost();
  Launch launch = MakeDelegated("true");
  *launch.mutable_executable_candidates(0) = "/no/such/program";
  ASSERT_TRUE(client().Start(launch).ok());
  const absl::StatusOr<JobReport> report = client().AwaitEnd(job_id_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->phase(), LAUNCH_FAILED);
  EXPECT_THAT(CachesOf(job_id_), IsEmpty());
}

TEST_F(HostCredentialsTest, TheSpecsOwnVariableIsAbove) {
  StartHost();
  Launch launch = MakeDelegated("echo \"$KRB5CCNAME\"; env | grep -c ^KRB5CCNAME=");
  launch.add_environment("KRB5CCNAME=FILE:/mine");
  RunJob(launch);
  EXPECT_EQ(Spooled(job_id_), "FILE:/mine\n1\n");
}

TEST_F(HostCredentialsTest, ItIsTheUsersAndNobodyElses) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to launch as two users";
  const absl::StatusOr<TestUser> alice = TestUser::Create();
  const absl::StatusOr<TestUser> bob = TestUser::Create();
  ASSERT_TRUE(alice.ok() && bob.ok()) << alice.status() << bob.status();
  StartHost();
  Launch launch = MakeDelegated(
      "f=${KRB5CCNAME#FILE:}; cat \"$f\"; stat -c '%a %u %g' \"$f\"; stat -c '%a %u' \"${f%/*}\";"
      "ls \"${f%/*}\" >/dev/null 2>&1 && echo listed; rm -f \"$f\" 2>/dev/null && echo removed;"
      "printf x >>\"$f\" && echo appended; sleep 1000");
  alice->Own(&launch);
  ASSERT_TRUE(client().Start(launch).ok());
  ASSERT_TRUE(client().AwaitPhase(job_id_, RUNNING).ok());
  ASSERT_TRUE(SpoolComesToHold("appended")) << Spooled(job_id_);
  const std::vector<std::string> caches = CachesOf(job_id_);
  ASSERT_THAT(caches, SizeIs(1));

  Launch spy = MakeShell(
      absl::StrCat(job_id_, "-spy"),
      absl::StrCat("cat ", caches[0], " && echo read; ls ",
                   std::filesystem::path(caches[0]).parent_path().string(), " && echo listed; ln ",
                   caches[0], " /tmp/", job_id_, " && echo linked; true"));
  Spool(&spy);
  bob->Own(&spy);
  RunJob(spy);
  EXPECT_EQ(Spooled(spy.job_id()), "");

  ASSERT_TRUE(client().Kill(job_id_, SIGKILL, absl::ZeroDuration()).ok());
  ASSERT_TRUE(client().AwaitEnd(job_id_).ok());
  EXPECT_EQ(Spooled(job_id_),
            absl::StrCat(kTickets, "600 ", alice->uid(), " ", alice->gid(), "\n711 0\nappended\n"));
  EXPECT_THAT(CachesOf(job_id_), IsEmpty());
}

TEST_F(HostCredentialsTest, AHostWithoutPrivilegesKeepsItsOwnUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to start a host as another user";
  PROCTOR_REQUIRES_SHARED_BUILD();
  const absl::StatusOr<TestUser> user = TestUser::Create();
  ASSERT_TRUE(user.ok()) << user.status();
  const absl::Cleanup stop = [this] { StopHost(); };
  HostProcess::Options options;
  options.run_as = user->uid();
  StartHost(options);
  Launch launch = MakeDelegated("cat \"${KRB5CCNAME#FILE:}\"");
  launch.set_uid(user->uid());
  launch.set_gid(user->uid());  // As HostProcess starts the host.
  launch.clear_groups();
  launch.set_change_identity(false);
  const JobReport report = RunJob(launch);
  EXPECT_EQ(report.main_exit().wait_status(), 0) << report.failure().detail();
  EXPECT_EQ(Spooled(job_id_), kTickets);
  EXPECT_THAT(CachesOf(job_id_), IsEmpty());
}

TEST_F(HostCredentialsTest, TheNextHostSweepsWhatAKilledOneLeft) {
  absl::StatusOr<HostProcess> first = HostProcess::Start({});
  ASSERT_TRUE(first.ok()) << first.status();
  absl::StatusOr<HostClient> agent = HostClient::Attach(first->socket_path());
  ASSERT_TRUE(agent.ok()) << agent.status();
  ASSERT_TRUE(agent->Start(MakeDelegated("exec sleep 1000")).ok());
  ASSERT_TRUE(agent->AwaitPhase(job_id_, RUNNING).ok());
  ASSERT_THAT(CachesOf(job_id_), SizeIs(1));
  first->Signal(SIGKILL);
  ASSERT_TRUE(first->WaitForExit(absl::Seconds(30)).has_value());
  ASSERT_THAT(CachesOf(job_id_), SizeIs(1)) << "nobody was there to remove it";
  HostProcess::Options next;
  next.instance = first->instance();
  StartHost(next);
  EXPECT_THAT(CachesOf(job_id_), IsEmpty());
}

}  // namespace
}  // namespace proctor::jobhost
