#include "agent/job/access_grants.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/job/field_error.h"
#include "agent/job/job_access.h"

namespace proctor {
namespace {

constexpr int kMaxGrants = 64;
constexpr size_t kMaxAccountBytes = 256;

absl::Status CheckTrustee(const std::string& field, const std::string& name) {
  if (name.empty()) return FieldError(field, "is empty");
  if (absl::StrContains(name, '\0')) return FieldError(field, "contains a NUL byte");
  if (name.size() > kMaxAccountBytes) {
    return FieldError(field, absl::StrCat("is longer than ", kMaxAccountBytes, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status CheckRights(const std::string& field, const v1::AccessGrant& grant) {
  if (grant.rights().empty()) return FieldError(field, "is empty");
  for (int i = 0; i < grant.rights_size(); ++i) {
    if (!ConcernsAJob(grant.rights(i))) {
      return FieldError(absl::StrCat(field, "[", i, "]"), "is not a right to a job");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateGrants(absl::string_view field, const AccessGrants& grants) {
  if (grants.size() > kMaxGrants) {
    return FieldError(field, absl::StrCat(grants.size(), " entries, more than the ", kMaxGrants,
                                          " that are allowed"));
  }
  for (int i = 0; i < grants.size(); ++i) {
    const v1::AccessGrant& grant = grants.Get(i);
    const std::string entry = absl::StrCat(field, "[", i, "]");
    absl::Status status;
    switch (grant.trustee_case()) {
      case v1::AccessGrant::kUser:
        status = CheckTrustee(entry + ".user", grant.user());
        break;
      case v1::AccessGrant::kGroup:
        status = CheckTrustee(entry + ".group", grant.group());
        break;
      case v1::AccessGrant::TRUSTEE_NOT_SET:
        status = FieldError(entry, "names neither a user nor a group");
        break;
    }
    status.Update(CheckRights(entry + ".rights", grant));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::AccessList> ResolveGrants(absl::string_view field, const AccessGrants& grants,
                                             const AccountNames& names) {
  v1::AccessList resolved;
  for (int i = 0; i < grants.size(); ++i) {
    v1::AccessGrant& grant = *resolved.add_grants();
    grant = grants.Get(i);
    const bool user = grant.has_user();
    absl::StatusOr<std::string> key =
        user ? names.UserKey(grant.user()) : names.GroupKey(grant.group());
    if (absl::IsNotFound(key.status())) {
      return FieldError(absl::StrCat(field, "[", i, user ? "].user" : "].group"),
                        key.status().message());
    }
    if (!key.ok()) return key.status();
    if (user) {
      grant.set_user(*std::move(key));
    } else {
      grant.set_group(*std::move(key));
    }
  }
  return resolved;
}

}  // namespace proctor
