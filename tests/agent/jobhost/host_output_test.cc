// What a job prints, from its pipe to the spool.

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/agent/jobhost/host_test.h"
#include "tests/agent/jobhost/test_user.h"

namespace proctor::jobhost {
namespace {

using ::testing::StartsWith;

class HostOutputTest : public HostTest {
 protected:
  static Launch Spooling(const std::string& id, const std::string& script,
                         uint64_t limit = 1 << 30) {
    Launch launch = MakeShell(id, script);
    Spool(&launch, limit);
    return launch;
  }
};

TEST_F(HostOutputTest, StreamsAreApart) {
  StartHost();
  const JobReport report = RunJob(Spooling("a", "echo out; echo error >&2"));
  EXPECT_EQ(Spooled("a"), "out\n");
  EXPECT_EQ(Spooled("a", true), "error\n");
  EXPECT_EQ(report.standard_output().bytes_kept(), 4u);
  EXPECT_EQ(report.standard_error().bytes_kept(), 6u);
  EXPECT_EQ(report.standard_output().drop(), DROP_NONE);
}

TEST_F(HostOutputTest, MergedIsInOrderInOneFile) {
  StartHost();
  Launch launch = Spooling("a", "echo 1; echo 2 >&2; echo 3");
  launch.mutable_standard_error()->set_kind(Output::MERGE);
  RunJob(launch);
  EXPECT_EQ(Spooled("a"), "1\n2\n3\n");
  EXPECT_FALSE(std::filesystem::exists(host().spool_dir() + "/a.err"));
}

TEST_F(HostOutputTest, AFileIsMadeForTheFirstByteOnly) {
  StartHost();
  RunJob(Spooling("a", "echo x"));
  EXPECT_TRUE(std::filesystem::exists(host().spool_dir() + "/a.out"));
  EXPECT_FALSE(std::filesystem::exists(host().spool_dir() + "/a.err"));
}

TEST_F(HostOutputTest, TheBoundIsExact) {
  StartHost();
  const JobReport over = RunJob(Spooling("a", "head -c 1000000 /dev/zero", 123457));
  EXPECT_EQ(over.standard_output().bytes_kept(), 123457u);
  EXPECT_EQ(over.standard_output().bytes_dropped(), 1000000u - 123457u);
  EXPECT_EQ(over.standard_output().drop(), LIMIT);
  EXPECT_EQ(std::filesystem::file_size(host().spool_dir() + "/a.out"), 123457u);
  const JobReport exact = RunJob(Spooling("b", "head -c 123457 /dev/zero", 123457));
  EXPECT_EQ(exact.standard_output().bytes_kept(), 123457u);
  EXPECT_EQ(exact.standard_output().bytes_dropped(), 0u);
  EXPECT_EQ(exact.standard_output().drop(), DROP_NONE);
}

TEST_F(HostOutputTest, MuchOutputArrivesWhole) {
  StartHost();
  const std::string directory = std::filesystem::path(host().spool_dir()).parent_path();
  Launch launch = Spooling("a", "head -c 67108864 /dev/urandom | tee copy");
  launch.set_working_directory(directory);
  const JobReport report = RunJob(launch);
  EXPECT_EQ(report.standard_output().bytes_kept(), 67108864u);
  EXPECT_TRUE(Spooled("a") == ReadWholeFile(directory + "/copy"));
}

TEST_F(HostOutputTest, AGrandchildThatHoldsStdoutDelaysNothing) {
  StartHost();
  Launch launch = Spooling("a", "echo early; sleep 1000 & exit 0");
  launch.set_keep_tree(true);
  ASSERT_TRUE(client().Start(launch).ok());
  const absl::StatusOr<JobReport> report = client().AwaitPhase("a", DRAINING);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->main_exit().code(), BY_EXIT);
  ASSERT_TRUE(client().Kill("a", SIGKILL, absl::ZeroDuration()).ok());
  ASSERT_TRUE(client().AwaitEnd("a").ok());
  EXPECT_EQ(Spooled("a"), "early\n");
}

TEST_F(HostOutputTest, DevStdoutCanBeOpenedByTheUserAndTheFileIsNotTheJobs) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  StartHost();
  const absl::StatusOr<TestUser> user = TestUser::Create();
  ASSERT_TRUE(user.ok()) << user.status();
  Launch launch = Spooling("a", "echo one; echo two > /dev/stdout; echo three > /dev/stderr");
  user->Own(&launch);
  RunJob(launch);
  EXPECT_EQ(Spooled("a"), "one\ntwo\n");
  EXPECT_EQ(Spooled("a", true), "three\n");
  struct stat info;
  ASSERT_EQ(::stat((host().spool_dir() + "/a.out").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 0u);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(HostOutputTest, FollowTellsOnceWhenThereIsMore) {
  StartHost();
  Launch launch = Spooling("a", "echo one; read x; echo two");
  launch.set_follow_output(true);
  launch.set_stdin_attached(true);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  ASSERT_TRUE(client().Start(launch, {reader.get()}).ok());
  while (client().progress().empty()) ASSERT_TRUE(client().Next().ok());
  EXPECT_EQ(client().progress()[0].bytes_kept(), 4u);
  ToHost follow;
  follow.mutable_follow_output()->set_job_id("a");
  follow.mutable_follow_output()->set_offset(4);
  ASSERT_TRUE(client().Send(follow).ok());
  // Answered after the request was handled, so nothing more was to tell by then.
  ASSERT_TRUE(client().Signal("a", 0, Signal::MAIN_PROCESS).ok());
  EXPECT_EQ(client().progress().size(), 1u);
  ASSERT_EQ(::write(writer.get(), "\n", 1), 1);
  ASSERT_TRUE(client().AwaitEnd("a").ok());
  // The final report may overtake the need for it, but it is never told twice.
  EXPECT_LE(client().progress().size(), 2u);
  EXPECT_EQ(client().reports().at("a").standard_output().bytes_kept(), 8u);
}

TEST_F(HostOutputTest, AFullSpoolDropsTheRestAndTheJobGoesOn) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  std::string mount = std::filesystem::temp_directory_path().string() + "/spool-XXXXXX";
  ASSERT_NE(::mkdtemp(mount.data()), nullptr);
  ASSERT_EQ(::mount("none", mount.c_str(), "tmpfs", 0, "size=256k"), 0);
  HostProcess::Options options;
  options.spool_dir = mount;
  options.flags = {"--spool-reserve", "0"};  // The disk is to be full to the last byte.
  StartHost(options);
  const JobReport report =
      RunJob(Spooling("a", "head -c 1000000 /dev/zero; echo done >&2; exit 7"));
  EXPECT_EQ(report.main_exit().wait_status(), 7);
  EXPECT_EQ(report.standard_output().drop(), FULL);
  EXPECT_EQ(report.standard_output().bytes_kept() + report.standard_output().bytes_dropped(),
            1000000u);
  EXPECT_EQ(report.standard_output().bytes_kept(), std::filesystem::file_size(mount + "/a.out"));
  EXPECT_GT(report.standard_output().bytes_kept(), 0u);
  ::umount2(mount.c_str(), MNT_DETACH);
  ::rmdir(mount.c_str());
}

TEST_F(HostOutputTest, AFileInTheWayIsNotOverwritten) {
  StartHost();
  std::filesystem::create_symlink("/dev/full", host().spool_dir() + "/a.out");
  const JobReport report = RunJob(Spooling("a", "echo x; exit 3"));
  EXPECT_EQ(report.main_exit().wait_status(), 3);
  EXPECT_EQ(report.standard_output().drop(), ERROR);
  EXPECT_EQ(report.standard_output().bytes_dropped(), 2u);
}

TEST_F(HostOutputTest, ASpoolOnHeldOpenPipesOfAFinishedTreeIsClosed) {
  StartHost();
  // A process outside the tree writes into the job's pipe: the end does not wait for it.
  Launch launch = Spooling("a", "echo $$; sleep 1000");
  launch.set_follow_output(true);
  ASSERT_TRUE(client().Start(launch).ok());
  while (client().progress().empty()) ASSERT_TRUE(client().Next().ok());
  const int64_t pid = client().reports().at("a").pid();
  const UniqueFd stolen(::open(absl::StrCat("/proc/", pid, "/fd/1").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(stolen.valid());
  ASSERT_TRUE(client().Kill("a", SIGKILL, absl::ZeroDuration()).ok());
  EXPECT_TRUE(client().AwaitEnd("a").ok());
}

}  // namespace
}  // namespace proctor::jobhost
