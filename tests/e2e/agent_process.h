#ifndef PROCTOR_TESTS_E2E_AGENT_PROCESS_H_
#define PROCTOR_TESTS_E2E_AGENT_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/types/optional.h"
#include "tests/e2e/account.h"
#include "tests/e2e/test_cgroup.h"

namespace proctor {

struct AgentSetup {
  // Added to the configuration file, in its format.
  std::string config;
  // Whose process the agent is; absent: the test's own.
  absl::optional<Account> account;
  // Soft and hard RLIMIT_NOFILE; 0: as the test has it.
  uint64_t descriptor_limit = 0;
  // RLIMIT_AS in bytes; 0: as the test has it.
  uint64_t address_space = 0;
  std::string log_level = "debug";
  // Variables beside those of the test.
  std::map<std::string, std::string> environment;
  // Called in the child, as the test's user, before it becomes the agent.
  std::function<void()> prepare;
  // Where journal and spool are. Empty: "state" in the directory.
  std::string state_directory;
};

// A real proctord with a job host of its own, in a directory and below a cgroup of its own. Can be
// killed and started again on the same state. The destructor ends both and fails the test when a
// process, a cgroup or a socket is left.
class AgentProcess {
 public:
  AgentProcess(std::string directory, AgentSetup setup);
  ~AgentProcess();
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  // Starts proctord and waits until its socket answers.
  void Start();
  // Starts it without waiting.
  void Spawn();
  void AwaitSocket();

  // Another AgentSetup.config, and SIGHUP. Returns without waiting.
  void Reload(const std::string& config);
  // SIGKILL, and waits for the end.
  void Kill();
  // SIGTERM.
  void Terminate();
  // Waits for proctord's end; its wait status.
  int AwaitExit();
  // SIGKILL to the job host, and waits for its end.
  void KillHost();

  bool running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }
  // The job host that runs now; waits until there is one.
  pid_t host_pid() const;
  const std::string& socket() const { return socket_; }
  const std::string& state_directory() const { return setup_.state_directory; }
  const TestCgroup& cgroup() const { return cgroup_; }
  // What proctord and the job host wrote to standard error.
  std::string Log() const;

 private:
  void WriteConfig() const;
  pid_t FindHost() const;
  void Stop();

  const std::string directory_;
  const std::string socket_;
  AgentSetup setup_;
  TestCgroup cgroup_;
  pid_t pid_ = -1;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_AGENT_PROCESS_H_
