#include "agent/job/job_access.h"

namespace proctor {
namespace {

bool ConcernsAJob(v1::JobRight right) {
  switch (right) {
    case v1::QUERY:
    case v1::READ_OUTPUT:
    case v1::SIGNAL:
    case v1::TERMINATE:
    case v1::DELETE_RECORD:
      return true;
    default:  // Unspecified, NO_JOB, and rights of a later release.
      return false;
  }
}

}  // namespace

bool JobAccess::IsAdministrator(const Principal& caller) const {
  if (caller.IsSuperuser()) return true;
  return administrators_.has_value() && caller.IsMemberOf(*administrators_);
}

bool JobAccess::Allows(const Principal& caller, absl::string_view owner_key,
                       v1::JobRight right) const {
  if (!ConcernsAJob(right)) return false;
  // A record without an owner is damaged: nobody's, not everybody's.
  if (!owner_key.empty() && caller.key() == owner_key) return true;
  return IsAdministrator(caller);
}

}  // namespace proctor
