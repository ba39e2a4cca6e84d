#ifndef PROCTOR_CLIENT_RUN_PROGRESS_H_
#define PROCTOR_CLIENT_RUN_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "client/output_cursor.h"
#include "client/run_callbacks.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// What a Run has received over all its streams: tells each thing to the callbacks once and knows
// where to go on. Belongs to the thread of the call.
class RunProgress {
 public:
  // `callbacks` must outlive this.
  explicit RunProgress(const RunCallbacks& callbacks) : callbacks_(callbacks) {}

  // DATA_LOSS when output is missing, or when the agent answers with another job than before.
  absl::Status Accept(v1::RunResponse* response);

  // The offsets to resume from.
  void FillOffsets(v1::RunRequest* request) const;

  // Counts what was new: events told, chunks with bytes not seen before.
  uint64_t steps() const { return steps_; }
  // Empty until the job is launched.
  const std::string& job_id() const { return job_id_; }
  const absl::optional<v1::ExitRecord>& finished() const { return finished_; }

 private:
  absl::Status AcceptLaunched(const v1::LaunchResponse& launched);
  absl::Status AcceptOutput(v1::OutputChunk* chunk);

  const RunCallbacks& callbacks_;
  std::string job_id_;
  OutputCursor stdout_;
  OutputCursor stderr_;
  bool main_exited_ = false;
  uint64_t steps_ = 0;
  absl::optional<v1::ExitRecord> finished_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_RUN_PROGRESS_H_
