#ifndef PROCTOR_AGENT_JOB_ACCESS_GRANTS_H_
#define PROCTOR_AGENT_JOB_ACCESS_GRANTS_H_

#include <google/protobuf/repeated_ptr_field.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/token/account_names.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

using AccessGrants = google::protobuf::RepeatedPtrField<v1::AccessGrant>;

// Checks what can be known without asking for names. INVALID_ARGUMENT names the field, `field`
// being that of the list ("spec.share_with").
absl::Status ValidateGrants(absl::string_view field, const AccessGrants& grants);

// The same grants, their trustees by uid and gid or by SID. INVALID_ARGUMENT names the field of a
// user or group that nobody is. May block on the name service.
absl::StatusOr<v1::AccessList> ResolveGrants(absl::string_view field, const AccessGrants& grants,
                                             const AccountNames& names);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_ACCESS_GRANTS_H_
