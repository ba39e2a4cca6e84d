#ifndef PROCTOR_AGENT_JOB_SPOOL_READER_H_
#define PROCTOR_AGENT_JOB_SPOOL_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/job/spool_file.h"

namespace proctor {

// The spool directory as proctord sees it: the job host writes `<job id>.out` and `<job id>.err`,
// this class reads and removes them. Holds no state but the path; thread-safe.
class SpoolReader {
 public:
  explicit SpoolReader(std::string directory) : directory_(std::move(directory)) {}

  // For readers that come back: keeps the file open, also when it is removed meanwhile. A file that
  // does not exist (yet) opens as one without content: SpoolFile::exists() is false.
  absl::StatusOr<SpoolFile> Open(absl::string_view job_id, bool standard_error) const;

  // At most `max` bytes from `offset` on; fewer at the end of the file, none beyond it or when
  // there is no such file.
  absl::StatusOr<std::string> Read(absl::string_view job_id, bool standard_error, uint64_t offset,
                                   size_t max) const;

  // Where the job host writes the stream. `job_id` must be one (IsJobId).
  std::string PathOf(absl::string_view job_id, bool standard_error) const;

  // Removes both files. One that is not there is no error.
  absl::Status Remove(absl::string_view job_id) const;

  // The jobs that have a spool file, each once, sorted. Files of other names are left out.
  absl::StatusOr<std::vector<std::string>> ListJobIds() const;

  const std::string& directory() const { return directory_; }

 private:
  const std::string directory_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_SPOOL_READER_H_
