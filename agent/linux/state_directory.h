#ifndef PROCTOR_AGENT_LINUX_STATE_DIRECTORY_H_
#define PROCTOR_AGENT_LINUX_STATE_DIRECTORY_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace proctor {

// The directory of journal and spool, held by one agent at a time. It must belong to the agent and
// be closed to everybody else: it holds other people's output.
class StateDirectory {
 public:
  // Creates what is missing (mode 0700) and takes the lock. FAILED_PRECONDITION when it belongs to
  // somebody else or is open to others, UNAVAILABLE when another agent holds it.
  static absl::StatusOr<StateDirectory> Open(const std::string& path);

  const std::string& path() const { return path_; }
  std::string journal_path() const { return path_ + "/journal.db"; }
  std::string spool_path() const { return path_ + "/spool"; }
  // Tells this agent's job host from another's on the same machine; the same after a restart.
  const std::string& instance() const { return instance_; }

 private:
  StateDirectory(std::string path, UniqueFd lock, std::string instance)
      : path_(std::move(path)), lock_(std::move(lock)), instance_(std::move(instance)) {}

  std::string path_;
  UniqueFd lock_;  // flock(2): gone with the process, however that ends.
  std::string instance_;
};

// Makes the directory of a socket path, mode 0755, if it does not exist.
absl::Status MakeSocketDirectory(const std::string& socket_path);

}  // namespace proctor

#endif  // PROCTOR_AGENT_LINUX_STATE_DIRECTORY_H_
