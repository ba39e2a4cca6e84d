#include "common/disk_space.h"

#include <algorithm>

namespace proctor {

uint64_t DefaultDiskReserve(uint64_t total) {
  constexpr uint64_t kLeast = uint64_t{64} << 20;
  constexpr uint64_t kMost = uint64_t{1} << 30;
  return std::min(std::clamp(total / 20, kLeast, kMost), total / 2);
}

}  // namespace proctor
