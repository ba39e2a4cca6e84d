#include <algorithm>
#include <memory>
#include <utility>

#include "agent/job/job_access.h"

namespace proctor {
namespace {

bool IsTrustee(const Principal& caller, const v1::AccessGrant& grant) {
  switch (grant.trustee_case()) {
    case v1::AccessGrant::kUser:
      return grant.user() == caller.key();
    case v1::AccessGrant::kGroup:
      return caller.IsMemberOf(grant.group());
    case v1::AccessGrant::TRUSTEE_NOT_SET:
      return false;
  }
  return false;
}

bool Includes(const v1::AccessGrant& grant, v1::JobRight right) {
  // Every right includes being told about the job.
  if (right == v1::QUERY) return grant.rights_size() > 0;
  return std::find(grant.rights().begin(), grant.rights().end(), right) != grant.rights().end();
}

// By uid and gid of the caller's principal.
class PosixJobAccess final : public JobAccess {
 public:
  explicit PosixJobAccess(const PolicySource* policy) : JobAccess(policy) {}

  absl::StatusOr<std::shared_ptr<const JobSecurity>> Protect(
      std::shared_ptr<const Principal> owner, std::shared_ptr<const Principal> user,
      const v1::AccessList& grants) const override {
    return std::make_shared<const JobSecurity>(std::move(owner), std::move(user), grants);
  }

 protected:
  bool Grants(const JobCaller& caller, const JobSecurity& job, v1::JobRight right) const override {
    const std::string& user = job.user()->key();
    if (!user.empty() && caller.principal.key() == user) return true;
    const auto& grants = job.grants().grants();
    return std::any_of(grants.begin(), grants.end(), [&](const v1::AccessGrant& grant) {
      return Includes(grant, right) && IsTrustee(caller.principal, grant);
    });
  }
};

}  // namespace

std::unique_ptr<const JobAccess> JobAccess::Create(const PolicySource* policy) {
  return std::make_unique<const PosixJobAccess>(policy);
}

}  // namespace proctor
