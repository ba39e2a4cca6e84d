// What proctord does as a program: its log, its sockets, its start and its end.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/unique_fd.h"
#include "tests/e2e/agent_fixture.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string TextOf(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class ProgramTest : public AgentTest {
 protected:
  // Launches a job that ends at once, and waits for it.
  void RunJobs(int count) {
    DoAsUser([this, count](AgentClient& client) {
      for (int i = 0; i < count; ++i) {
        v1::LaunchRequest launch;
        *launch.mutable_spec() = Spec("exit_with", {"0"});
        const auto launched = client.Launch(launch);
        ASSERT_TRUE(launched.ok()) << launched.status();
        v1::WaitRequest wait;
        wait.set_job_id(launched->job_id());
        wait.set_until(v1::WaitRequest::FINAL);
        const auto ended = client.Wait(wait);
        ASSERT_TRUE(ended.ok()) << ended.status();
      }
    });
  }
};

TEST_F(ProgramTest, ALogThatNobodyReadsHoldsUpNeitherStartNorCallsNorEnd) {
  const std::string fifo = directory().path() + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0666), 0);
  const UniqueFd full(::open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  const std::string filling(4096, 'x');
  while (::write(full.get(), filling.data(), filling.size()) > 0) {
  }
  AgentSetup setup;
  setup.config = absl::StrCat("log { file: \"", fifo, "\" max_queued_lines: 10 }");
  StartAgent(setup);
  RunJobs(20);
  agent().Terminate();
  EXPECT_EQ(WEXITSTATUS(agent().AwaitExit()), 0);
}

TEST_F(ProgramTest, AuditLinesOutliveAKill) {
  const std::string log = directory().path() + "/audit.log";
  AgentSetup setup;
  setup.config = absl::StrCat("log { file: \"", log, "\" }");
  StartAgent(setup);
  RunJobs(10);
  DoAsUser([](AgentClient& client) {
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(client.DescribeAgent().ok());
  });
  agent().Kill();
  const std::string text = TextOf(log);
  size_t ended = 0;
  for (size_t at = 0; (at = text.find("] ended job ", at)) != std::string::npos; ++at) ++ended;
  EXPECT_EQ(ended, 10u);
  std::ofstream(log, std::ios::app) << "[half";
  agent().Start();
  EXPECT_THAT(TextOf(log), StartsWith(text + "[half\n["));
}

TEST_F(ProgramTest, SocketFilesThatWereRemovedAreMadeAnewOnHangup) {
  StartAgent();
  const pid_t host = agent().host_pid();
  const std::string host_socket =
      agent().socket().substr(0, agent().socket().rfind('/')) + "/jobhost.sock";
  ASSERT_EQ(::unlink(agent().socket().c_str()), 0);
  ASSERT_EQ(::unlink(host_socket.c_str()), 0);
  agent().Reload("");
  agent().AwaitSocket();
  RunJobs(1);
  EXPECT_TRUE(Eventually([&] { return ::access(host_socket.c_str(), F_OK) == 0; }));
  agent().Kill();
  agent().Start();
  RunJobs(1);
  EXPECT_EQ(agent().host_pid(), host);
}

TEST_F(ProgramTest, AnotherAgentOnTheSameSocketDoesNotStart) {
  StartAgent();
  const std::string id =
      AsUser([this](AgentClient& client) { return Launch(client, Spec("wait_for_end")).job_id(); });
  const std::string log = directory().path() + "/other.log";
  const int status =
      std::system(absl::StrCat(PROCTOR_BIN_DIR "/proctord --socket ", agent().socket(),
                               " --state-dir ", directory().path(), "/other 2>", log)
                      .c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_THAT(TextOf(log), HasSubstr("another process serves"));
  DoAsUser([&id](AgentClient& client) {
    EXPECT_EQ(GetJob(client, id).state(), v1::RUNNING);
    Kill(client, id, absl::ZeroDuration());
  });
}

// With a socket and a state directory of its own it would take the first one's job host, and jobs.
TEST_F(ProgramTest, AnotherAgentOnTheSameJobHostDoesNotStart) {
  StartAgent();
  const std::string id =
      AsUser([this](AgentClient& client) { return Launch(client, Spec("wait_for_end")).job_id(); });
  const std::string log = directory().path() + "/other.log";
  const std::string beside = agent().socket().substr(0, agent().socket().rfind('/'));
  const int status =
      std::system(absl::StrCat(PROCTOR_BIN_DIR "/proctord --socket ", beside,
                               "/other.sock --state-dir ", directory().path(), "/other 2>", log)
                      .c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_THAT(TextOf(log), HasSubstr("another process uses"));
  DoAsUser([&id](AgentClient& client) {
    EXPECT_EQ(GetJob(client, id).state(), v1::RUNNING);
    Kill(client, id, absl::ZeroDuration());
  });
}

// What it starts is reaped by itself, or a process id that it signals could be another's.
TEST_F(ProgramTest, WhoeverStartsItMayIgnoreChildren) {
  AgentSetup setup;
  setup.prepare = [] { ::signal(SIGCHLD, SIG_IGN); };
  StartAgent(std::move(setup));
  std::istringstream status(TextOf(absl::StrCat("/proc/", agent().pid(), "/status")));
  std::string word;
  while (status >> word && word != "SigIgn:") {
  }
  uint64_t ignored = 0;
  status >> std::hex >> ignored;
  EXPECT_EQ(ignored & (uint64_t{1} << (SIGCHLD - 1)), 0u);
  EXPECT_NE(ignored & (uint64_t{1} << (SIGPIPE - 1)), 0u) << "what is read is the agent's";
}

TEST_F(ProgramTest, TheOwnerThatAListIsAskedForMustExist) {
  StartAgent();
  DoAsUser([](AgentClient& client) {
    v1::JobFilter filter;
    filter.set_owner("proctor-nobody-has-this-name");
    const absl::Status status = client.ForEachJob(filter, [](const v1::Job&) { return true; });
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("proctor-nobody-has-this-name"));
    filter.set_owner("0");
    EXPECT_TRUE(client.ForEachJob(filter, [](const v1::Job&) { return true; }).ok());
  });
}

// A job host that is never ready: the start would wait for 30 seconds.
TEST_F(ProgramTest, ATerminationEndsAStart) {
  AgentSetup setup;
  setup.config = "job_host { program: \"/bin/false\" }";
  AgentProcess agent(directory().path(), setup);
  agent.Spawn();
  ASSERT_TRUE(Eventually([&] { return absl::StrContains(agent.Log(), "job host: "); }));
  agent.Terminate();
  const int status = agent.AwaitExit();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_THAT(agent.Log(), HasSubstr("asked to stop before the start was over"));
}

// What a descriptor of a process refers to; empty when it is closed.
std::string LinkOf(pid_t pid, int fd) {
  std::error_code ignored;
  return std::filesystem::read_symlink(absl::StrCat("/proc/", pid, "/fd/", fd), ignored);
}

std::vector<std::string> StandardLinks(pid_t pid) {
  return {LinkOf(pid, 0), LinkOf(pid, 1), LinkOf(pid, 2)};
}

// A program that its parent starts without some of its descriptors. Killed by the destructor.
class ProgramWithoutStreams {
 public:
  // `input` becomes its standard input; -1: none.
  ProgramWithoutStreams(std::vector<std::string> words, int input) : program_(words[0]) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    if (input >= 0) ::dup2(input, STDIN_FILENO);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      if (input < 0 || fd != STDIN_FILENO) ::close(fd);
    }
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ~ProgramWithoutStreams() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ProgramWithoutStreams(const ProgramWithoutStreams&) = delete;
  ProgramWithoutStreams& operator=(const ProgramWithoutStreams&) = delete;

  pid_t pid() const { return pid_; }
  // False: the child is still the test's.
  bool HasBegun() const {
    std::error_code ignored;
    return std::filesystem::read_symlink(absl::StrCat("/proc/", pid_, "/exe"), ignored) == program_;
  }
  // Whether it gets as far as a socket, which in a program that leaves the numbers free takes one
  // of them.
  bool AwaitSocket() const {
    return Eventually([this] {
      if (!HasBegun()) return false;
      for (int fd = 0; fd < 64; ++fd) {
        if (LinkOf(pid_, fd).starts_with("socket:")) return true;
      }
      return false;
    });
  }

 private:
  const std::string program_;
  pid_t pid_ = -1;
};

class ClosedStreamsTest : public ProgramTest {
 protected:
  void SetUp() override {
    if (!IsRoot()) GTEST_SKIP() << "needs root, who may look into programs that protect themselves";
  }
};

TEST_F(ClosedStreamsTest, NothingOfTheAgentsTakesTheirPlace) {
  AgentSetup setup;
  setup.prepare = [] {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(fd);
  };
  StartAgent(setup);
  EXPECT_THAT(StandardLinks(agent().pid()), ElementsAre("/dev/null", "/dev/null", "/dev/null"));
  RunJobs(1);
}

TEST_F(ClosedStreamsTest, NothingOfTheJobHostsTakesTheirPlace) {
  const ProgramWithoutStreams host(
      {PROCTOR_BIN_DIR "/proctor-jobhost", "--socket", directory().File("host.sock"), "--spool-dir",
       directory().path(), "--containment", "session", "--instance", "closed-streams"},
      -1);
  ASSERT_TRUE(host.AwaitSocket());
  EXPECT_THAT(StandardLinks(host.pid()), ElementsAre("/dev/null", "/dev/null", "/dev/null"));
}

TEST_F(ClosedStreamsTest, NothingOfTheLogonsTakesTheirPlace) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd kept(ends[0]);
  const UniqueFd given(ends[1]);
  const ProgramWithoutStreams logon({PROCTOR_BIN_DIR "/proctor-logon"}, given.get());
  // Where the socket was.
  ASSERT_TRUE(
      Eventually([&] { return logon.HasBegun() && LinkOf(logon.pid(), 0) == "/dev/null"; }));
  EXPECT_THAT(StandardLinks(logon.pid()), ElementsAre("/dev/null", "/dev/null", "/dev/null"));
}

TEST_F(ClosedStreamsTest, NothingOfTheCommandsTakesTheirPlace) {
  StartAgent();
  const std::string id =
      AsUser([this](AgentClient& client) { return Launch(client, Spec("wait_for_end")).job_id(); });
  {
    const ProgramWithoutStreams command(
        {PROCTOR_BIN_DIR "/proctor", "--agent", agent().socket(), "wait", id}, -1);
    ASSERT_TRUE(command.AwaitSocket());
    EXPECT_THAT(StandardLinks(command.pid()), ElementsAre("/dev/null", "/dev/null", "/dev/null"));
  }
  DoAsUser([&id](AgentClient& client) { Kill(client, id, absl::ZeroDuration()); });
}

}  // namespace
}  // namespace proctor
