#include "tests/e2e/agent_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/unique_fd.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/must.h"
#include "tests/e2e/process_table.h"

namespace proctor {
namespace {

constexpr char kAgent[] = PROCTOR_BIN_DIR "/proctord";

bool CanConnect(const std::string& path) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

[[noreturn]] void Execute(const AgentSetup& setup, const std::string& log,
                          const std::string& config) {
  const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  ::dup2(fd, STDERR_FILENO);
  ::dup2(fd, STDOUT_FILENO);
  if (setup.descriptor_limit > 0) {
    const rlimit limit = {setup.descriptor_limit, setup.descriptor_limit};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (setup.address_space > 0) {
    const rlimit limit = {setup.address_space, setup.address_space};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  for (const auto& [name, value] : setup.environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (setup.prepare) setup.prepare();
  if (setup.account.has_value()) setup.account->Become();
  ::execl(kAgent, kAgent, "--config", config.c_str(), nullptr);
  _exit(127);
}

}  // namespace

AgentProcess::AgentProcess(std::string directory, AgentSetup setup)
    : directory_(std::move(directory)),
      socket_(directory_ + "/agent.sock"),
      setup_(std::move(setup)) {
  // A job host outlives its proctord; as its new parent this process can see it end.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (setup_.state_directory.empty()) setup_.state_directory = directory_ + "/state";
  ::mkdir(setup_.state_directory.c_str(), 0700);
  const UniqueFd log(::open((directory_ + "/agent.log").c_str(), O_CREAT | O_CLOEXEC, 0666));
  if (setup_.account.has_value() && IsRoot()) {
    const Account& account = *setup_.account;
    if (::chown(directory_.c_str(), account.uid, account.gid) != 0 ||
        ::chown(setup_.state_directory.c_str(), account.uid, account.gid) != 0 ||
        ::fchown(log.get(), account.uid, account.gid) != 0) {
      Fail("chown");
    }
  }
  WriteConfig();
}

AgentProcess::~AgentProcess() { Stop(); }

void AgentProcess::WriteConfig() const {
  std::ofstream config(directory_ + "/agent.textproto");
  config << "socket: \"" << socket_ << "\"\n"
         << "state_directory: \"" << setup_.state_directory
         << "\"\n"
         // Where there is no patched gRPC, TLS is tested all the same.
         << "allow_unbounded_headers: true\n";
  if (!absl::StrContains(setup_.config, "log {")) {
    config << "log { level: \"" << setup_.log_level << "\" }\n";
  }
  const bool superuser = setup_.account.has_value() ? setup_.account->uid == 0 : IsRoot();
  if (superuser && !cgroup_.path().empty() && !absl::StrContains(setup_.config, "job_host")) {
    config << "job_host { cgroup_parent: \"" << cgroup_.path() << "\" }\n";
  }
  config << setup_.config << "\n";
}

void AgentProcess::Spawn() {
  Require(pid_ < 0, "proctord is running already");
  pid_ = ::fork();
  Require(pid_ >= 0, "fork");
  if (pid_ == 0) Execute(setup_, directory_ + "/agent.log", directory_ + "/agent.textproto");
}

void AgentProcess::AwaitSocket() {
  const bool ready = Eventually([this] {
    int status;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return true;
    }
    return CanConnect(socket_);
  });
  if (pid_ < 0) Fail(absl::StrCat("proctord ended at once:\n", Log()));
  if (!ready) Fail(absl::StrCat("proctord does not answer:\n", Log()));
}

void AgentProcess::Start() {
  Spawn();
  AwaitSocket();
}

void AgentProcess::Reload(const std::string& config) {
  setup_.config = config;
  WriteConfig();
  ::kill(pid_, SIGHUP);
}

void AgentProcess::Kill() {
  ::kill(pid_, SIGKILL);
  AwaitExit();
}

void AgentProcess::Terminate() { ::kill(pid_, SIGTERM); }

int AgentProcess::AwaitExit() {
  int status = -1;
  const bool ended = Eventually([&] { return ::waitpid(pid_, &status, WNOHANG) != 0; });
  if (!ended) {
    ADD_FAILURE() << "proctord did not end:\n" << Log();
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status, 0);
  }
  pid_ = -1;
  return status;
}

pid_t AgentProcess::FindHost() const {
  for (const ProcessEntry& entry : ProcessesOf(directory_)) {
    // By its arguments: it is not dumpable, so without root nobody may see its executable.
    const absl::string_view line = entry.command_line;
    if (absl::EndsWith(line.substr(0, line.find(' ')), "/proctor-jobhost")) return entry.pid;
  }
  return -1;
}

pid_t AgentProcess::host_pid() const {
  pid_t host = -1;
  Eventually([&] { return (host = FindHost()) > 0; });
  Require(host > 0, "no job host runs");
  return host;
}

void AgentProcess::KillHost() {
  const pid_t host = host_pid();
  ::kill(host, SIGKILL);
  Require(Eventually([host] { return !IsAlive(host); }), "the job host survived SIGKILL");
}

std::string AgentProcess::Log() const {
  std::ifstream log(directory_ + "/agent.log");
  return std::string(std::istreambuf_iterator<char>(log), std::istreambuf_iterator<char>());
}

void AgentProcess::Stop() {
  if (pid_ > 0) {
    Terminate();
    AwaitExit();
  }
  const pid_t host = FindHost();
  if (host > 0) ::kill(host, SIGTERM);
  const bool nothing_left = Eventually([this] {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    return ProcessesOf(directory_).empty() && cgroup_.CountProcesses() == 0;
  });
  if (!nothing_left) {
    for (const ProcessEntry& entry : ProcessesOf(directory_)) {
      ADD_FAILURE() << "left behind: process " << entry.pid << " " << entry.command_line;
      ::kill(entry.pid, SIGKILL);
    }
    EXPECT_EQ(cgroup_.CountProcesses(), 0u) << cgroup_.path();
  }
  EXPECT_EQ(cgroup_.CountCgroups(), 0u) << "left behind below " << cgroup_.path();
  if (::testing::Test::HasFailure()) {
    constexpr size_t kShown = 16384;
    const std::string log = Log();
    ADD_FAILURE() << "the agent's log ends:\n"
                  << log.substr(log.size() > kShown ? log.size() - kShown : 0);
  }
}

}  // namespace proctor
