#ifndef PROCTOR_AGENT_WIN32_STATE_DIRECTORY_H_
#define PROCTOR_AGENT_WIN32_STATE_DIRECTORY_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// The directory of journal and spool, held by one agent at a time: it has other people's output, so
// it is made with a protected DACL for the system, the administrators and the agent's own account.
class StateDirectory {
 public:
  // Creates what is missing, takes over what is there (MakePrivateDirectory), and takes the lock.
  // UNAVAILABLE when another agent holds it.
  static absl::StatusOr<StateDirectory> Open(const std::string& path);

  const std::string& path() const { return path_; }
  std::string journal_path() const { return path_ + "\\journal.db"; }
  std::string spool_path() const { return path_ + "\\spool"; }
  // Tells this agent's job host from another's on the same machine; the same after a restart.
  const std::string& instance() const { return instance_; }

 private:
  StateDirectory(std::string path, UniqueHandle lock, std::string instance)
      : path_(std::move(path)), lock_(std::move(lock)), instance_(std::move(instance)) {}

  std::string path_;
  UniqueHandle lock_;  // A file open without sharing: free with the process, however that ends.
  std::string instance_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_STATE_DIRECTORY_H_
