#ifndef PROCTOR_TESTS_AGENT_JOB_LIST_PAGE_H_
#define PROCTOR_TESTS_AGENT_JOB_LIST_PAGE_H_

#include <future>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "agent/job/job_listing.h"
#include "agent/job/job_manager.h"

namespace proctor {

// ListJobs, waited for.
inline absl::StatusOr<v1::ListJobsResponse> ListPage(JobManager* manager,
                                                     std::shared_ptr<const Principal> caller,
                                                     const v1::ListJobsRequest& request) {
  std::promise<absl::StatusOr<v1::ListJobsResponse>> answer;
  auto listing = JobListing::Make(
      std::move(caller), nullptr, request,
      [&answer](absl::StatusOr<v1::ListJobsResponse> page) { answer.set_value(std::move(page)); });
  if (!listing.ok()) return listing.status();
  manager->ListJobs(*listing);
  return answer.get_future().get();
}

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_JOB_LIST_PAGE_H_
