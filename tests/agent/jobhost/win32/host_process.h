#ifndef PROCTOR_TESTS_AGENT_JOBHOST_WIN32_HOST_PROCESS_H_
#define PROCTOR_TESTS_AGENT_JOBHOST_WIN32_HOST_PROCESS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/win32/unique_handle.h"

namespace proctor::jobhost {

// A proctor-jobhost on a pipe and a spool directory of its own. The destructor ends it and removes
// what it left.
class HostProcess {
 public:
  // Returns when the host listens.
  static absl::StatusOr<std::unique_ptr<HostProcess>> Start(
      const std::vector<std::string>& flags = {});
  ~HostProcess();

  const std::string& pipe() const { return pipe_; }
  const std::string& spool_dir() const { return spool_dir_; }
  const UniqueHandle& process() const { return process_; }
  uint32_t pid() const { return pid_; }

  void AskToStop() const;
  void Terminate() const;
  // The exit code, if the host ends within `timeout`.
  absl::optional<uint32_t> WaitForExit(absl::Duration timeout) const;

 private:
  HostProcess() = default;
  absl::Status Spawn(const std::vector<std::string>& flags);

  std::string pipe_;
  std::string spool_dir_;
  uint32_t pid_ = 0;
  UniqueHandle process_;
  UniqueHandle stop_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_TESTS_AGENT_JOBHOST_WIN32_HOST_PROCESS_H_
