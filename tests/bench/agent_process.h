#ifndef PROCTOR_TESTS_BENCH_AGENT_PROCESS_H_
#define PROCTOR_TESTS_BENCH_AGENT_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/agent_client.h"
#include "tests/bench/child_process.h"

namespace proctor::bench {

// An agent of the benchmark's own: proctord and the job host it starts, on a temporary directory,
// with bounds that do not bound. The destructor ends both and removes the directory.
class AgentProcess {
 public:
  // `containment` as in JobHostConfig; `program`: of the job host, instead of the usual one;
  // `config`: more of the configuration; `environment`: more of the agent's. Returns once the agent
  // answers.
  struct Setup {
    std::string containment = "auto";
    std::string program = PROCTOR_BIN_DIR "/proctor-jobhost";
    std::string config;
    std::vector<std::string> environment;
  };
  static absl::StatusOr<std::unique_ptr<AgentProcess>> Start(const Setup& setup);
  static absl::StatusOr<std::unique_ptr<AgentProcess>> Start(const std::string& containment) {
    Setup setup;
    setup.containment = containment;
    return Start(setup);
  }

  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;
  ~AgentProcess();

  const std::string& target() const { return target_; }
  AgentClient& client() const { return *client_; }
  pid_t pid() const { return daemon_.pid(); }
  pid_t host_pid() const { return host_pid_; }
  const v1::DescribeAgentResponse& description() const { return description_; }

 private:
  AgentProcess(std::string directory, ChildProcess daemon)
      : directory_(std::move(directory)), daemon_(std::move(daemon)) {}

  absl::Status Connect();

  const std::string directory_;
  ChildProcess daemon_;
  pid_t host_pid_ = 0;
  std::string target_;
  std::unique_ptr<AgentClient> client_;
  v1::DescribeAgentResponse description_;
};

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_AGENT_PROCESS_H_
