#include "agent/job/job_listing.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/job/field_error.h"

namespace proctor {
namespace {

constexpr int kDefaultPage = 100;
constexpr int kMaxPage = 1000;
// Clients take 4 MiB unless they are told otherwise, and one record may be more than 2 MiB.
constexpr size_t kMaxPageBytes = 1 << 20;
// Records that one call looks at before it answers with a page token.
constexpr size_t kMaxLooked = 8192;
// In one hold of the manager's lock: records looked at, and records and bytes copied.
constexpr size_t kPieceLooked = 256;
constexpr size_t kPieceFound = 32;
constexpr size_t kPieceBytes = 256 << 10;

void RemoveGroups(v1::Principal* principal) {
  if (principal->has_posix()) principal->mutable_posix()->clear_groups();
  if (principal->has_windows()) principal->mutable_windows()->clear_group_sids();
  if (principal->has_domain()) principal->mutable_domain()->clear_group_sids();
}

}  // namespace

void ReduceToBasicView(v1::Job* job) {
  RemoveGroups(job->mutable_owner());
  RemoveGroups(job->mutable_user());
  if (!job->spec().has_environment()) return;
  job->mutable_spec()->mutable_environment()->clear_variables();
  job->mutable_spec()->mutable_environment()->clear_unset();
}

JobListing::JobListing(std::shared_ptr<const Principal> caller,
                       std::shared_ptr<const SecurityContext> token,
                       const v1::ListJobsRequest& request, Done done)
    : caller_(std::move(caller)),
      token_(std::move(token)),
      filter_(request.filter()),
      page_size_(
          static_cast<size_t>(request.page_size() == 0 ? kDefaultPage : request.page_size())),
      full_view_(request.view() == v1::FULL),
      done_(std::move(done)),
      before_(std::numeric_limits<uint64_t>::max()) {}

absl::StatusOr<std::shared_ptr<JobListing>> JobListing::Make(
    std::shared_ptr<const Principal> caller, std::shared_ptr<const SecurityContext> token,
    const v1::ListJobsRequest& request, Done done) {
  if (request.page_size() < 0 || request.page_size() > kMaxPage) {
    return FieldError("page_size", absl::StrCat("must be 0 to ", kMaxPage));
  }
  if (absl::Status valid = ValidateJobFilter(request.filter()); !valid.ok()) return valid;
  if (!v1::JobView_IsValid(request.view())) return FieldError("view", "is not a known view");
  std::shared_ptr<JobListing> listing(
      new JobListing(std::move(caller), std::move(token), request, std::move(done)));
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &listing->before_)) {
    return FieldError("page_token", "is not one that ListJobs returned");
  }
  return listing;
}

bool JobListing::Wants(const Piece& piece) const {
  const size_t found = static_cast<size_t>(page_.jobs_size()) + piece.found.size();
  return piece.looked < kPieceLooked && looked_ + piece.looked < kMaxLooked &&
         piece.found.size() < kPieceFound && piece.bytes < kPieceBytes && found < page_size_;
}

void JobListing::Collect(const JobEntry& entry, Piece* piece) {
  Found found;
  found.sequence = entry.sequence;
  found.record = entry.Snapshot();
  piece->bytes += entry.Size();
  piece->found.push_back(std::move(found));
}

bool JobListing::Take(const Piece& piece) {
  bool full = false;
  for (const Found& found : piece.found) {
    v1::Job job = found.record.Whole();
    if (!full_view_) ReduceToBasicView(&job);
    const size_t bytes = job.ByteSizeLong();
    full = page_.jobs_size() > 0 && bytes_ + bytes > kMaxPageBytes;
    if (full) break;
    bytes_ += bytes;
    before_ = found.sequence;
    *page_.add_jobs() = std::move(job);
  }
  if (!full) before_ = piece.before;
  looked_ += piece.looked;
  full = full || static_cast<size_t>(page_.jobs_size()) >= page_size_ || looked_ >= kMaxLooked;
  if (before_ > 0 && !full) return true;
  if (before_ > 0) page_.set_next_page_token(absl::StrCat(before_));
  done_(std::move(page_));
  return false;
}

bool JobListing::EndIfCancelled() {
  if (!cancelled_) return false;
  done_(absl::CancelledError("the caller gave the call up"));
  return true;
}

}  // namespace proctor
