#ifndef PROCTOR_AGENT_JOB_SECURITY_TABLE_H_
#define PROCTOR_AGENT_JOB_SECURITY_TABLE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "agent/job/job_security.h"

namespace proctor {

// One JobSecurity, with its principals, for all the records that say the same: there may be
// hundreds of thousands of jobs of a few users. Not thread-safe: the owner's lock guards it.
class SecurityTable {
 public:
  // The one that says what `security` says and is in use already; else `security`, given to others
  // from now on for as long as somebody uses it.
  std::shared_ptr<const JobSecurity> Share(std::shared_ptr<const JobSecurity> security);

 private:
  absl::flat_hash_map<std::string, std::weak_ptr<const JobSecurity>> table_;
  size_t sweep_at_ = 64;  // Entries nobody uses are dropped when the table has grown so large.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_SECURITY_TABLE_H_
