#ifndef PROCTOR_AGENT_JOB_JOB_FILTER_H_
#define PROCTOR_AGENT_JOB_JOB_FILTER_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "agent/token/principal.h"
#include "proctor/v1/agent.pb.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// INVALID_ARGUMENT names the field of which there is too much.
absl::Status ValidateJobFilter(const v1::JobFilter& filter);

using JobLabels = std::map<std::string, std::string>;

// A request's filter, in a form that judges a job in little time however long the request is.
class JobFilter {
 public:
  explicit JobFilter(const v1::JobFilter& filter);

  // `labels` null: none.
  bool Matches(v1::JobState state, const Principal& owner, const JobLabels* labels) const;

 private:
  uint32_t states_ = 0;  // A bit a state.
  std::string owner_;    // Empty: any.
  JobLabels labels_;     // An empty value: any.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_FILTER_H_
