// Whatever ends below a job host is reaped: main processes, and the orphans of their trees.

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/agent/jobhost/host_test.h"

namespace proctor::jobhost {
namespace {

// Counts how often the host's supervisor, its main thread, asks for any child that has ended.
class AnyChildWaits {
 public:
  explicit AnyChildWaits(pid_t host) : host_(host) {
    std::promise<bool> seized;
    std::future<bool> seen = seized.get_future();
    tracer_ = std::thread([this, &seized] {
      // Whoever seizes a thread is the only one who may trace it.
      const bool mine = ::ptrace(PTRACE_SEIZE, host_, nullptr, PTRACE_O_TRACESYSGOOD) == 0 &&
                        ::ptrace(PTRACE_INTERRUPT, host_, nullptr, nullptr) == 0;
      seized.set_value(mine);
      if (mine) Trace();
    });
    tracing_ = seen.get();
  }
  ~AnyChildWaits() { tracer_.join(); }
  AnyChildWaits(const AnyChildWaits&) = delete;
  AnyChildWaits& operator=(const AnyChildWaits&) = delete;

  bool tracing() const { return tracing_; }
  // The tracing ends with the next system call.
  void Stop() { stopping_ = true; }
  int count() const { return count_; }

 private:
  void Trace() {
    int status = 0;
    while (::waitpid(host_, &status, __WALL) == host_ && WIFSTOPPED(status)) {
      if (WSTOPSIG(status) == (SIGTRAP | 0x80)) CountCall();
      if (stopping_) {
        ::ptrace(PTRACE_DETACH, host_, nullptr, nullptr);
        return;
      }
      ::ptrace(PTRACE_SYSCALL, host_, nullptr, nullptr);
    }
  }

  void CountCall() {
    __ptrace_syscall_info info = {};
    ::ptrace(PTRACE_GET_SYSCALL_INFO, host_, sizeof(info), &info);
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_wait4 &&
        static_cast<pid_t>(info.entry.args[0]) == -1) {
      ++count_;
    }
  }

  const pid_t host_;
  bool tracing_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> count_ = 0;
  std::thread tracer_;
};

class HostReapingTest : public HostTest {
 protected:
  // The host's children, as "pid state".
  std::vector<std::string> Children() {
    std::vector<std::string> children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      // "pid (name) state parent ..."
      const std::string stat = ReadWholeFile(entry.path() / "stat");
      const size_t name_end = stat.rfind(") ");
      if (name_end == std::string::npos) continue;
      const std::vector<std::string> rest = absl::StrSplit(stat.substr(name_end + 2), ' ');
      if (rest[1] != absl::StrCat(host().pid())) continue;
      children.push_back(absl::StrCat(entry.path().filename().string(), " ", rest[0]));
    }
    return children;
  }

  void AwaitNoChildren() {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    std::vector<std::string> children;
    while (!(children = Children()).empty() && absl::Now() < deadline) {
    }
    EXPECT_EQ(children, std::vector<std::string>());
  }
};

TEST_F(HostReapingTest, NothingIsLeftOfTreesThatEndAllAtOnce) {
  StartHost();
  // Processes that end together share a SIGCHLD, main ones and orphans alike.
  const std::string gate = std::filesystem::path(host().spool_dir()).parent_path() / "gate";
  const std::string wait = absl::StrCat("until [ -e ", gate, " ]; do sleep 0.05; done");
  for (int i = 0; i < 10; ++i) {
    Launch launch = MakeShell(
        absl::StrCat(i),
        absl::StrCat("for i in 1 2 3 4 5; do (setsid sh -c '", wait, "' &); done; ", wait));
    launch.set_keep_tree(true);
    ASSERT_TRUE(client().Start(launch).ok());
  }
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(client().AwaitPhase(absl::StrCat(i), RUNNING).ok());
  }
  std::filesystem::create_directory(gate);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(client().AwaitEnd(absl::StrCat(i)).ok());
  AwaitNoChildren();
}

TEST_F(HostReapingTest, NothingIsLeftOfLaunchesThatFail) {
  StartHost();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(client().Start(MakeLaunch(absl::StrCat(i), {"/nonexistent"})).ok());
  }
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client().AwaitEnd(absl::StrCat(i)).value().phase(), LAUNCH_FAILED);
  }
  AwaitNoChildren();
}

// To find one, the kernel looks at every child. There is a look for orphans every 20 ms at most.
TEST_F(HostReapingTest, AnEndDoesNotHaveAllChildrenLookedAt) {
  StartHost();
  constexpr int kJobs = 200;
  AnyChildWaits waits(host().pid());
  if (!waits.tracing()) GTEST_SKIP() << "needs ptrace (CAP_SYS_PTRACE)";
  const absl::Time begin = absl::Now();
  for (int i = 0; i < kJobs; ++i) {
    EXPECT_EQ(RunJob(MakeLaunch(absl::StrCat(i), {"/bin/true"})).phase(), FINAL);
  }
  const absl::Duration time = absl::Now() - begin;
  const int count = waits.count();
  waits.Stop();
  RunJob(MakeLaunch("last", {"/bin/true"}));
  // Each look may find a child that ended just then, and asks once more.
  EXPECT_LE(count, 2 * (time / absl::Milliseconds(20) + 2)) << "in " << time;
}

}  // namespace
}  // namespace proctor::jobhost
