#ifndef PROCTOR_AGENT_JOBHOST_SPOOL_FILES_H_
#define PROCTOR_AGENT_JOBHOST_SPOOL_FILES_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/jobhost/spool_stream.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// The directory of the spool files, opened once. Thread-safe.
class SpoolFiles {
 public:
  // `reserve_bytes`: left free on its file system; nullopt: by the size of that.
  static absl::StatusOr<SpoolFiles> Open(const std::string& path,
                                         absl::optional<uint64_t> reserve_bytes);

  SpoolDirectory directory() const { return {directory_.get(), null_.get(), reserve_bytes_}; }

 private:
  SpoolFiles(UniqueFd directory, UniqueFd null, uint64_t reserve_bytes)
      : directory_(std::move(directory)), null_(std::move(null)), reserve_bytes_(reserve_bytes) {}

  UniqueFd directory_;
  UniqueFd null_;
  uint64_t reserve_bytes_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_SPOOL_FILES_H_
