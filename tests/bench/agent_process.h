#ifndef PROCTOR_TESTS_BENCH_AGENT_PROCESS_H_
#define PROCTOR_TESTS_BENCH_AGENT_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/agent_client.h"
#include "tests/bench/child_process.h"

namespace proctor::bench {

// An agent of the benchmark's own: proctord and the job host it starts, on a temporary directory,
// with bounds that do not bound. The destructor ends both and removes the directory.
class AgentProcess {
 public:
  // `containment` as in JobHostConfig. Returns once the agent answers.
  static absl::StatusOr<std::unique_ptr<AgentProcess>> Start(const std::string& containment);

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
