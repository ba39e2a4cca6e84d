#include "tests/bench/agent_process.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor::bench {
namespace {

// Everything is kept, nothing is refused: what is measured is the work.
constexpr char kConfig[] = R"(
socket: "%1$s/agent.sock"
state_directory: "%1$s/state"
job_host { containment: "%2$s" program: "%3$s" }
limits {
  max_connections_per_user: 100000
  max_running_jobs_per_user: 1000000
  max_records_per_user: 10000000
  max_record_bytes_per_user: 107374182400
  max_spool_bytes_per_user: 1099511627776
  max_stream_bytes: 17179869184
  max_calls_per_user: 1000000
  max_calls_per_connection: 1000000
  max_buffered_bytes_per_user: 1073741824
  max_new_connections_per_second_per_user: 1000000
  max_new_calls_per_second_per_user: 1000000
  max_fruitless_calls_per_second_per_user: 1000000
  max_tls_connections: 100000
  max_tls_connections_per_address: 100000
  max_unauthenticated_connections: 100000
  max_new_connections_per_second_per_address: 1000000
  max_unauthenticated_calls_per_second_per_address: 1000000
}
log { level: "warning" }
%4$s
)";

// The job host is not the benchmark's child: it is the process of that name whose command line
// names the temporary directory.
pid_t FindJobHost(const std::string& directory) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    pid_t pid = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &pid)) continue;
    std::ifstream file(entry.path() / "cmdline");
    const std::string command((std::istreambuf_iterator<char>(file)),
                              std::istreambuf_iterator<char>());
    if (absl::StrContains(command, "proctor-jobhost") && absl::StrContains(command, directory)) {
      return pid;
    }
  }
  return 0;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

void EndProcess(pid_t pid) {
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) return;
  for (const int signal : {SIGTERM, SIGKILL}) {
    ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0);
    pollfd ended = {pidfd.get(), POLLIN, 0};
    if (::poll(&ended, 1, 10'000) == 1) break;
  }
  // Reaps it when the benchmark has become its parent.
  ::waitpid(pid, nullptr, WNOHANG);
}

}  // namespace

absl::StatusOr<std::unique_ptr<AgentProcess>> AgentProcess::Start(const Setup& setup) {
  const char* parent = std::getenv("TMPDIR");
  std::string pattern = absl::StrCat(parent != nullptr ? parent : "/tmp", "/proctor-bench.XXXXXX");
  if (::mkdtemp(pattern.data()) == nullptr) return OsErrorStatus("mkdtemp", errno, pattern);
  const std::string config = absl::StrCat(pattern, "/proctord.textproto");
  std::ofstream(config) << absl::StrFormat(kConfig, pattern, setup.containment, setup.program,
                                           setup.config);
  const std::string log = absl::StrCat(pattern, "/proctord.log");
  absl::StatusOr<ChildProcess> daemon = ChildProcess::Start(
      {PROCTOR_BIN_DIR "/proctord", "--config", config}, log, setup.environment);
  if (!daemon.ok()) return daemon.status();
  std::unique_ptr<AgentProcess> agent(new AgentProcess(pattern, *std::move(daemon)));
  const absl::Status connected = agent->Connect();
  if (!connected.ok()) {
    return absl::Status(connected.code(),
                        absl::StrCat(connected.message(), "\nproctord: ", ReadAll(log)));
  }
  return agent;
}

absl::Status AgentProcess::Connect() {
  target_ = absl::StrCat("unix:", directory_, "/agent.sock");
  ClientOptions options;
  options.target = target_;
  options.connect_timeout = absl::Seconds(20);
  absl::StatusOr<std::unique_ptr<AgentClient>> client = AgentClient::Connect(options);
  if (!client.ok()) return client.status();
  client_ = *std::move(client);
  absl::StatusOr<v1::DescribeAgentResponse> description = client_->DescribeAgent();
  if (!description.ok()) return description.status();
  description_ = *std::move(description);
  host_pid_ = FindJobHost(directory_);
  if (host_pid_ == 0) return absl::NotFoundError("the agent has no job host");
  return absl::OkStatus();
}

AgentProcess::~AgentProcess() {
  client_.reset();
  daemon_.Stop(absl::Seconds(10));
  if (host_pid_ != 0) EndProcess(host_pid_);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace proctor::bench
