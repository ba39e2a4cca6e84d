#ifndef PROCTOR_CLIENT_CALL_OPTIONS_H_
#define PROCTOR_CLIENT_CALL_OPTIONS_H_

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/cancellation.h"

namespace proctor {

// For one call.
struct CallOptions {
  // From the start of the call, retries included; then DEADLINE_EXCEEDED. Absent: none.
  absl::optional<absl::Duration> deadline;
  // Not owned; may be null; must outlive the call.
  Cancellation* cancel = nullptr;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_CALL_OPTIONS_H_
