#ifndef PROCTOR_AGENT_JOBHOST_SPOOL_FILES_H_
#define PROCTOR_AGENT_JOBHOST_SPOOL_FILES_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "agent/jobhost/spool_stream.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// The directory of the spool files, opened once. Thread-safe.
class SpoolFiles {
 public:
  static absl::StatusOr<SpoolFiles> Open(const std::string& path);

  SpoolDirectory directory() const { return {directory_.get(), null_.get()}; }

 private:
  SpoolFiles(UniqueFd directory, UniqueFd null)
      : directory_(std::move(directory)), null_(std::move(null)) {}

  UniqueFd directory_;
  UniqueFd null_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_SPOOL_FILES_H_
