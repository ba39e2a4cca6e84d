#ifndef PROCTOR_CLIENT_CLI_GRANT_TEXT_H_
#define PROCTOR_CLIENT_CLI_GRANT_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "proctor/v1/job.pb.h"

namespace proctor::cli {

// "user:bob=query,terminate", "group:ci=all": with whom a job is shared, and what they may do. Only
// names are resolved, by the agent. INVALID_ARGUMENT says what is wrong.
absl::StatusOr<v1::AccessGrant> ParseGrant(absl::string_view text);
std::string GrantText(const v1::AccessGrant& grant);

// "user:bob", "group:ci": a grant without rights.
absl::StatusOr<v1::AccessGrant> ParseTrustee(absl::string_view text);

using AccessGrants = google::protobuf::RepeatedPtrField<v1::AccessGrant>;

// Adds the grant, in place of what its trustee had.
void Share(const v1::AccessGrant& grant, AccessGrants* grants);
// Takes away what the trustee had; NOT_FOUND when it had nothing.
absl::Status Unshare(const v1::AccessGrant& trustee, AccessGrants* grants);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_GRANT_TEXT_H_
