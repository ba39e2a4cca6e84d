#ifndef PROCTOR_AGENT_JOB_SPOOL_FILE_H_
#define PROCTOR_AGENT_JOB_SPOOL_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/readable_file.h"

namespace proctor {

// One stream's spool file, open for reading. Move-only; Read may be called from several threads.
class SpoolFile {
 public:
  // A stream that has no file: reads as empty.
  SpoolFile() = default;
  explicit SpoolFile(ReadableFile file) : file_(std::move(file)) {}

  bool exists() const { return file_.has_value(); }

  // At most `max` bytes from `offset` on; fewer at the end of the file, none beyond it.
  absl::StatusOr<std::string> Read(uint64_t offset, size_t max) const {
    return exists() ? file_->ReadAt(offset, max) : std::string();
  }

 private:
  absl::optional<ReadableFile> file_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_SPOOL_FILE_H_
