#ifndef PROCTOR_AGENT_JOB_JOB_LISTING_H_
#define PROCTOR_AGENT_JOB_JOB_LISTING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/job/job_caller.h"
#include "agent/job/job_entry.h"
#include "agent/job/job_filter.h"
#include "agent/job/job_record.h"
#include "agent/token/principal.h"
#include "agent/token/security_context.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// One ListJobs on its way through the records, newest first: what it looks for, how far it has
// come, and the page as far as it goes. The records are looked at in pieces: under the manager's
// lock a piece is collected, without it the piece is unpacked and added to the page. One thread
// works on it; Cancel may be called from any.
class JobListing {
 public:
  using Done = std::function<void(absl::StatusOr<v1::ListJobsResponse>)>;

  // INVALID_ARGUMENT names the field. `token`: of the caller; null on POSIX.
  static absl::StatusOr<std::shared_ptr<JobListing>> Make(
      std::shared_ptr<const Principal> caller, std::shared_ptr<const SecurityContext> token,
      const v1::ListJobsRequest& request, Done done);

  // A record that belongs on the page, as it was under the lock.
  struct Found {
    uint64_t sequence = 0;
    JobSnapshot record;
  };
  // What was collected in one hold of the lock.
  struct Piece {
    std::vector<Found> found;
    uint64_t before = 0;  // Everything from here on has been looked at. 0: everything has.
    size_t looked = 0;
    size_t bytes = 0;
  };

  JobCaller caller() const { return {*caller_, token_}; }
  const JobFilter& filter() const { return filter_; }
  // The next record to look at is the newest one older than this.
  uint64_t before() const { return before_; }

  // Whether the piece may go on. Bounds what is done in one hold of the lock.
  bool Wants(const Piece& piece) const;
  // Adds the record to the piece.
  static void Collect(const JobEntry& entry, Piece* piece);
  // Adds the piece to the page. True: the listing goes on. False: `done` has been called.
  bool Take(const Piece& piece);
  // Calls `done` with CANCELLED when the call was given up. True: it was.
  bool EndIfCancelled();

  // The listing ends at its next piece.
  void Cancel() { cancelled_ = true; }

 private:
  JobListing(std::shared_ptr<const Principal> caller, std::shared_ptr<const SecurityContext> token,
             const v1::ListJobsRequest& request, Done done);

  const std::shared_ptr<const Principal> caller_;
  const std::shared_ptr<const SecurityContext> token_;
  const JobFilter filter_;
  const size_t page_size_;
  const bool full_view_;
  const Done done_;
  std::atomic<bool> cancelled_ = false;
  uint64_t before_;
  size_t looked_ = 0;
  size_t bytes_ = 0;
  v1::ListJobsResponse page_;
};

// Takes out what JobView.BASIC does not show.
void ReduceToBasicView(v1::Job* job);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_LISTING_H_
