#ifndef PROCTOR_AGENT_JOBHOST_HOST_LOG_H_
#define PROCTOR_AGENT_JOBHOST_HOST_LOG_H_

#include <string>

#include "absl/status/status.h"

namespace proctor::jobhost {

struct HostLogOptions {
  std::string level = "info";  // trace, debug, info, warning, error, critical, off
  std::string file;            // Empty: standard error.
};

// Sets up the log of the job host's process. INVALID_ARGUMENT for a file that cannot be opened.
absl::Status OpenHostLog(const HostLogOptions& options);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_HOST_LOG_H_
