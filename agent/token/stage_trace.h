#ifndef PROCTOR_AGENT_TOKEN_STAGE_TRACE_H_
#define PROCTOR_AGENT_TOKEN_STAGE_TRACE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "proctor/v1/job.pb.h"
#include "proctor/v1/token_stage.pb.h"

namespace proctor {

// The account of one walk through the token pipeline: what each stage called, how long it took and
// what it established. Durations count from the previous entry. Not thread-safe: one call owns it.
class StageTrace {
 public:
  explicit StageTrace(const Clock* clock);
  // Goes on where an earlier walk (the connection's) ended.
  StageTrace(const Clock* clock, std::vector<v1::StageReport> earlier);

  void Done(v1::PipelineStage stage, absl::string_view call, absl::string_view result);
  void Skip(v1::PipelineStage stage, absl::string_view reason);

  // Ends the walk: records the failure and returns `status` carrying it (stage, call, code, advice
  // and all stages so far) as a v1::FailureDetail payload.
  absl::Status Fail(v1::PipelineStage stage, absl::string_view call, const absl::Status& status,
                    absl::string_view advice);

  const std::vector<v1::StageReport>& reports() const { return reports_; }
  // Ends the walk.
  std::vector<v1::StageReport> TakeReports() { return std::move(reports_); }

 private:
  v1::StageReport* Append(v1::PipelineStage stage, absl::string_view call);

  const Clock* const clock_;
  absl::Duration last_;
  std::vector<v1::StageReport> reports_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_STAGE_TRACE_H_
