#ifndef PROCTOR_AGENT_TOKEN_POSIX_CAPABILITY_SET_H_
#define PROCTOR_AGENT_TOKEN_POSIX_CAPABILITY_SET_H_

#include <cstdint>

#include "absl/status/statusor.h"

namespace proctor {

// The effective capabilities of this process, capabilities(7).
class CapabilitySet {
 public:
  static absl::StatusOr<CapabilitySet> Effective();
  explicit CapabilitySet(uint64_t bits) : bits_(bits) {}

  // `capability` is a CAP_* number of <linux/capability.h>.
  bool Has(int capability) const { return ((bits_ >> capability) & 1) != 0; }

 private:
  uint64_t bits_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_CAPABILITY_SET_H_
