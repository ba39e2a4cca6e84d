#ifndef PROCTOR_AGENT_JOB_USER_QUOTA_H_
#define PROCTOR_AGENT_JOB_USER_QUOTA_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/types/optional.h"

namespace proctor {

// Bounds on what one user may hold in the agent.
struct UserLimits {
  uint32_t max_running_jobs = 4096;
  uint32_t max_records = 100000;
  uint64_t max_record_bytes = uint64_t{256} << 20;
  uint64_t max_spool_bytes = uint64_t{128} << 30;
};

// What one record takes.
struct RecordCharge {
  uint64_t record_bytes = 0;  // Serialised.
  uint64_t spool_bytes = 0;
};

// What one user holds, or all together.
struct UserUsage {
  uint64_t running = 0;
  uint64_t records = 0;
  uint64_t record_bytes = 0;
  uint64_t spool_bytes = 0;
};

// What each user holds. A launch charges its streams' bounds against the spool allowance; the
// finish gives back what was not used. Not thread-safe: the owner's lock guards it.
class UserQuota {
 public:
  explicit UserQuota(UserLimits limits) : limits_(limits) {}

  // Takes one running job and one record, or nothing: RESOURCE_EXHAUSTED with a FailureDetail that
  // names the bound. `max_running_jobs`: the user's own, in place of everybody's.
  absl::Status Charge(const std::string& user, const RecordCharge& charge,
                      absl::optional<uint32_t> max_running_jobs = absl::nullopt);
  // For records that exist already (recovery): takes without asking.
  void ChargeUnconditionally(const std::string& user, const RecordCharge& charge, bool running);
  // A job ended, and its record takes `now` in place of `before`.
  void Finish(const std::string& user, const RecordCharge& before, const RecordCharge& now);
  // Whether a record may be so much larger. RESOURCE_EXHAUSTED, as Charge.
  absl::Status MayGrow(const std::string& user, uint64_t bytes) const;
  // A record is another one.
  void Change(const std::string& user, const RecordCharge& before, const RecordCharge& now);
  // A finished job's record is gone.
  void Release(const std::string& user, const RecordCharge& charge);

  UserUsage UsageOf(const std::string& user) const;
  const UserUsage& total() const { return total_; }

 private:
  const UserLimits limits_;
  UserUsage total_;
  absl::flat_hash_map<std::string, UserUsage> users_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_USER_QUOTA_H_
