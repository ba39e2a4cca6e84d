#ifndef PROCTOR_AGENT_TOKEN_SID_DIRECTORY_H_
#define PROCTOR_AGENT_TOKEN_SID_DIRECTORY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace proctor {

// Which account of this machine a domain's user has, by whoever joins the two. Thread-safe.
class SidDirectory {
 public:
  virtual ~SidDirectory() = default;

  // The uid of the user with this SID. Blocks on a service of the machine, which may ask a domain
  // controller. NOT_FOUND when nobody knows it; UNAVAILABLE when there is nobody who could.
  virtual absl::StatusOr<uint32_t> UidOf(const std::string& sid) const = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_SID_DIRECTORY_H_
