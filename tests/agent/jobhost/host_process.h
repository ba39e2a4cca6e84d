#ifndef PROCTOR_TESTS_AGENT_JOBHOST_HOST_PROCESS_H_
#define PROCTOR_TESTS_AGENT_JOBHOST_HOST_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// A proctor-jobhost on temporary directories. The destructor ends it, by SIGTERM and then SIGKILL,
// and removes what it left.
class HostProcess {
 public:
  struct Options {
    std::string containment = "auto";
    std::vector<std::string> flags;  // More of them.
    std::string spool_dir;           // Empty: one of its own.
    std::string instance;            // Empty: one of its own.
    uid_t run_as = 0;                // Start the host as this user.
    // What the host is started with: called in the child, as the test's user. Async-signal-safe.
    std::function<void()> prepare;
  };

  // Returns when the host listens.
  static absl::StatusOr<HostProcess> Start(const Options& options);
  HostProcess(HostProcess&& other) noexcept;
  HostProcess& operator=(HostProcess&&) = delete;
  ~HostProcess();

  pid_t pid() const { return pid_; }
  const std::string& socket_path() const { return socket_path_; }
  const std::string& spool_dir() const { return spool_dir_; }
  const std::string& instance() const { return instance_; }

  void Signal(int signal) const;
  // The wait status, if the host ends within `timeout`.
  absl::optional<int> WaitForExit(absl::Duration timeout);

 private:
  HostProcess() = default;

  pid_t pid_ = -1;
  std::string directory_;
  std::string socket_path_;
  std::string spool_dir_;
  std::string instance_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_TESTS_AGENT_JOBHOST_HOST_PROCESS_H_
