#ifndef PROCTOR_TESTS_BENCH_PENDING_WAITS_H_
#define PROCTOR_TESTS_BENCH_PENDING_WAITS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace proctor::bench {

// Many Wait calls on one job, all open at once over one connection.
class PendingWaits {
 public:
  // Returns once the server has all of them: a later call on the same connection was answered.
  static absl::StatusOr<std::unique_ptr<PendingWaits>> Open(const std::string& target,
                                                            const std::string& job_id, int count);
  virtual ~PendingWaits() = default;

  // Kills the job over the same connection, and tells how long after that the last Wait was
  // answered.
  virtual absl::StatusOr<absl::Duration> KillAndCollect() = 0;
};

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_PENDING_WAITS_H_
