#include "agent/job/job_access.h"

#include "absl/strings/str_cat.h"

namespace proctor {

bool ConcernsAJob(v1::JobRight right) {
  switch (right) {
    case v1::QUERY:
    case v1::READ_OUTPUT:
    case v1::SIGNAL:
    case v1::TERMINATE:
    case v1::DELETE_RECORD:
    case v1::SET_ATTRIBUTES:
      return true;
    default:  // Unspecified, NO_JOB, and rights of a later release.
      return false;
  }
}

absl::Status NoSuchJob(absl::string_view job_id) {
  return absl::NotFoundError(absl::StrCat("no job '", job_id.substr(0, 64), "'"));
}

bool JobAccess::IsAdministrator(const Principal& caller) const {
  return policy_ == nullptr ? caller.IsSuperuser() : policy_->Current()->IsAdministrator(caller);
}

bool JobAccess::Allows(const JobCaller& caller, const JobSecurity& job, v1::JobRight right) const {
  if (!ConcernsAJob(right)) return false;
  // A record without an owner is damaged: nobody's, not everybody's.
  const std::string& owner = job.owner()->key();
  if (!owner.empty() && caller.principal.key() == owner) return true;
  return IsAdministrator(caller.principal) || Grants(caller, job, right);
}

}  // namespace proctor
