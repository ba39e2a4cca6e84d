#ifndef PROCTOR_COMMON_WIN32_SECURITY_STATUS_H_
#define PROCTOR_COMMON_WIN32_SECURITY_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/win32/security_functions.h"

namespace proctor {

enum class SecurityEnd { kInitiator, kAcceptor };

// The status of an SSPI call that gave `status`, with a v1::FailureDetail that says what to do
// about it at that end. `subject` is what the call was about: a service principal.
absl::Status SecurityStatus(SecurityEnd end, absl::string_view call, SECURITY_STATUS status,
                            absl::string_view subject = "");

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_SECURITY_STATUS_H_
