#include "client/run_progress.h"

#include "absl/strings/str_cat.h"

namespace proctor {

absl::Status RunProgress::Accept(v1::RunResponse* response) {
  switch (response->event_case()) {
    case v1::RunResponse::kLaunched:
      return AcceptLaunched(response->launched());
    case v1::RunResponse::kOutput:
      return AcceptOutput(response->mutable_output());
    case v1::RunResponse::kMainExited:
      if (main_exited_) return absl::OkStatus();
      main_exited_ = true;
      ++steps_;
      if (callbacks_.on_main_exited) callbacks_.on_main_exited(response->main_exited());
      return absl::OkStatus();
    case v1::RunResponse::kFinished:
      ++steps_;
      finished_ = std::move(*response->mutable_finished());
      return absl::OkStatus();
    case v1::RunResponse::EVENT_NOT_SET:
      return absl::OkStatus();  // An event of a newer agent.
  }
  return absl::OkStatus();
}

void RunProgress::FillOffsets(v1::RunRequest* request) const {
  request->set_stdout_offset(stdout_.offset());
  request->set_stderr_offset(stderr_.offset());
}

absl::Status RunProgress::AcceptLaunched(const v1::LaunchResponse& launched) {
  if (!job_id_.empty()) {
    if (launched.job_id() == job_id_) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat("the record of job ", job_id_,
                                            " is gone and how it ended is unknown; the agent "
                                            "answered with job ",
                                            launched.job_id()));
  }
  job_id_ = launched.job_id();
  ++steps_;
  if (callbacks_.on_launched) callbacks_.on_launched(launched);
  return absl::OkStatus();
}

absl::Status RunProgress::AcceptOutput(v1::OutputChunk* chunk) {
  OutputCursor& cursor = chunk->stream() == v1::STDERR ? stderr_ : stdout_;
  absl::Status status = cursor.Accept(chunk);
  if (!status.ok() || chunk->data().empty()) return status;
  ++steps_;
  if (callbacks_.on_output) callbacks_.on_output(*chunk);
  return absl::OkStatus();
}

}  // namespace proctor
