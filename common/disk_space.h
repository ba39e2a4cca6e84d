#ifndef PROCTOR_COMMON_DISK_SPACE_H_
#define PROCTOR_COMMON_DISK_SPACE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace proctor {

// Of a file system, in bytes.
struct DiskSpace {
  uint64_t total = 0;
  uint64_t free = 0;  // For callers without privileges, within their quota where the system knows.
};

// Of the file system that `path`, which must exist, is on.
absl::StatusOr<DiskSpace> DiskSpaceOf(const std::string& path);

// What is best left free of a file system of so many bytes, for what must not fail: a twentieth, at
// least 64 MiB and at most 1 GiB; never more than half.
uint64_t DefaultDiskReserve(uint64_t total);

}  // namespace proctor

#endif  // PROCTOR_COMMON_DISK_SPACE_H_
