#ifndef PROCTOR_AGENT_JOB_JOB_ACCESS_H_
#define PROCTOR_AGENT_JOB_JOB_ACCESS_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "agent/token/principal.h"
#include "proctor/v1/token_stage.pb.h"

namespace proctor {

// Who may do what to a job. The default is no: a right is granted to the job's owner, to members of
// the administrators' group and to the superuser, and to nobody else. Immutable; thread-safe.
class JobAccess {
 public:
  // Without a group only the superuser is an administrator.
  // The group as Principal::IsMemberOf takes it.
  explicit JobAccess(absl::optional<std::string> administrators)
      : administrators_(std::move(administrators)) {}

  bool IsAdministrator(const Principal& caller) const;

  // Whether `caller` has `right` to a job of the principal whose Principal::key() is `owner_key`.
  // False for a right that names no job or that this build does not know.
  bool Allows(const Principal& caller, absl::string_view owner_key, v1::JobRight right) const;

 private:
  const absl::optional<std::string> administrators_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_ACCESS_H_
