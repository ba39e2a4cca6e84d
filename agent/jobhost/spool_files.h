#ifndef PROCTOR_AGENT_JOBHOST_SPOOL_FILES_H_
#define PROCTOR_AGENT_JOBHOST_SPOOL_FILES_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/jobhost/spool_stream.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// The directory of the spool files, opened once. Thread-safe.
class SpoolFiles {
 public:
  static absl::StatusOr<SpoolFiles> Open(const std::string& path);

  SpoolDirectory directory() const { return {directory_.get(), null_.get()}; }

  // A job id becomes a part of file names: one to 64 of a-z, 0-9 and '-'.
  static bool ValidJobId(absl::string_view job_id);

 private:
  SpoolFiles(UniqueFd directory, UniqueFd null)
      : directory_(std::move(directory)), null_(std::move(null)) {}

  UniqueFd directory_;
  UniqueFd null_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_SPOOL_FILES_H_
