#ifndef PROCTOR_COMMON_LINUX_GSS_ERROR_H_
#define PROCTOR_COMMON_LINUX_GSS_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/linux/gss_library.h"

namespace proctor {

// What a failed GSSAPI call says, with a v1::FailureDetail: the call, the mechanism's code, and
// advice where the code is a usual one. `subject`: what it was about, may be empty. Where the
// library cannot read its configuration, the subject is the file that is broken.
absl::Status GssErrorStatus(const GssLibrary& gss, absl::string_view call, OM_uint32 major,
                            OM_uint32 minor, absl::string_view subject = "");

// The same for calls of libkrb5. `context` may be null.
absl::Status KerberosErrorStatus(const GssLibrary& gss, absl::string_view call,
                                 krb5_context context, krb5_error_code code,
                                 absl::string_view subject = "");

// A failure with one of libkrb5's codes, found out and put into words here; UNAUTHENTICATED.
absl::Status KerberosFailure(absl::string_view call, krb5_error_code code, absl::string_view text,
                             absl::string_view advice);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_GSS_ERROR_H_
