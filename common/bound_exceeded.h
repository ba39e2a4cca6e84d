#ifndef PROCTOR_COMMON_BOUND_EXCEEDED_H_
#define PROCTOR_COMMON_BOUND_EXCEEDED_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace proctor {

// RESOURCE_EXHAUSTED with a FailureDetail whose subject is `bound`, the name of the bound as the
// configuration spells it. `what` says how it was exceeded: "256 open, the bound is 256".
absl::Status BoundExceeded(absl::string_view bound, absl::string_view what,
                           absl::string_view advice);

}  // namespace proctor

#endif  // PROCTOR_COMMON_BOUND_EXCEEDED_H_
