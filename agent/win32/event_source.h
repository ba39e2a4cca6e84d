#ifndef PROCTOR_AGENT_WIN32_EVENT_SOURCE_H_
#define PROCTOR_AGENT_WIN32_EVENT_SOURCE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace proctor {

// The registration by which Event Viewer finds the texts of the agent's events ("Adding a Source to
// the Registry", Microsoft Learn).
class EventSource {
 public:
  // `name` is ASCII; `program` is the file with the message table.
  static absl::Status Register(const std::string& name, const std::string& program);
  // Whether there was one.
  static absl::StatusOr<bool> Unregister(const std::string& name);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_EVENT_SOURCE_H_
