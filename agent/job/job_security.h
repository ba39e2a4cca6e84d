#ifndef PROCTOR_AGENT_JOB_JOB_SECURITY_H_
#define PROCTOR_AGENT_JOB_JOB_SECURITY_H_

#include <memory>
#include <utility>

#include "agent/token/principal.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Whose a job is, and what its owner lets others do with it. Immutable: an update puts another in
// its place. Made by JobAccess, which may keep more with it.
class JobSecurity {
 public:
  // `grants` names its trustees by uid and gid, or by SID.
  JobSecurity(std::shared_ptr<const Principal> owner, std::shared_ptr<const Principal> user,
              const v1::AccessList& grants)
      : owner_(std::move(owner)), user_(std::move(user)) {
    // There may be a hundred thousand jobs, and few are shared.
    if (grants.grants_size() > 0) grants_ = std::make_unique<const v1::AccessList>(grants);
  }
  JobSecurity(const JobSecurity&) = delete;
  JobSecurity& operator=(const JobSecurity&) = delete;
  virtual ~JobSecurity() = default;

  // Who launched it; whom it runs as, the same unless the spec said run_as.
  const std::shared_ptr<const Principal>& owner() const { return owner_; }
  const std::shared_ptr<const Principal>& user() const { return user_; }
  const v1::AccessList& grants() const {
    return grants_ == nullptr ? v1::AccessList::default_instance() : *grants_;
  }

 private:
  const std::shared_ptr<const Principal> owner_;
  const std::shared_ptr<const Principal> user_;
  std::unique_ptr<const v1::AccessList> grants_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_SECURITY_H_
