#ifndef PROCTOR_AGENT_JOB_JOB_ACCESS_H_
#define PROCTOR_AGENT_JOB_JOB_ACCESS_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/job/job_caller.h"
#include "agent/job/job_security.h"
#include "agent/token/policy_source.h"
#include "agent/token/principal.h"
#include "proctor/v1/agent.pb.h"
#include "proctor/v1/token_stage.pb.h"

namespace proctor {

// Who may do what to a job. The default is no: rights are granted to the job's owner, to the user
// it runs as, to those with whom the owner shared it, to administrators, and to nobody else.
// Immutable but for the policy; thread-safe.
class JobAccess {
 public:
  // The platform's own: on POSIX ids are compared, on Windows AccessCheck judges the caller's token
  // by a security descriptor that each job has. Administrators are the policy's; without a policy,
  // which must outlive the object, the superuser.
  static std::unique_ptr<const JobAccess> Create(const PolicySource* policy);
  virtual ~JobAccess() = default;

  // What is kept of a job to decide by. `grants` names its trustees by uid and gid, or by SID.
  virtual absl::StatusOr<std::shared_ptr<const JobSecurity>> Protect(
      std::shared_ptr<const Principal> owner, std::shared_ptr<const Principal> user,
      const v1::AccessList& grants) const = 0;

  bool IsAdministrator(const Principal& caller) const;

  // Whether `caller` has `right` to the job. False for a right that names no job or that this build
  // does not know. Does not allocate, nor ask the system, for the job's owner.
  bool Allows(const JobCaller& caller, const JobSecurity& job, v1::JobRight right) const;

 protected:
  explicit JobAccess(const PolicySource* policy) : policy_(policy) {}

  // For a caller who is neither owner nor administrator.
  virtual bool Grants(const JobCaller& caller, const JobSecurity& job,
                      v1::JobRight right) const = 0;

 private:
  const PolicySource* const policy_;
};

// Whether `right` is one that a job's owner can share.
bool ConcernsAJob(v1::JobRight right);

// NOT_FOUND: the one answer for a job that does not exist and for one that the caller may not see.
absl::Status NoSuchJob(absl::string_view job_id);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_ACCESS_H_
