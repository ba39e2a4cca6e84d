#include "client/cli/run_interrupts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/exit_code.h"
#include "client/cli/standard_streams.h"
#include "common/proto_time.h"

namespace proctor::cli {

RunInterrupts::~RunInterrupts() {
  kills_.Cancel();
  std::vector<std::thread> threads;
  {
    const MutexLock lock(&mutex_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void RunInterrupts::JobLaunched(const std::string& job_id) {
  const MutexLock lock(&mutex_);
  job_id_ = job_id;
  if (interrupts_ > 0) StartKill(interrupts_ > 1);
}

void RunInterrupts::Interrupt(int signal) {
  const MutexLock lock(&mutex_);
  ++interrupts_;
  last_signal_ = signal;
  if (interrupts_ > 2) {
    run_->Cancel();
    return;
  }
  if (!job_id_.empty()) StartKill(interrupts_ > 1);
  if (interrupts_ == 1 && !session_->json()) {
    // On a terminal, the cursor stands behind the ^C.
    session_->Note(absl::StrCat(IsTerminal(kStandardError) ? "\n" : "",
                                "proctor: asked the job to end; once more kills it at once\n"));
  }
}

int RunInterrupts::exit_code() const {
  const MutexLock lock(&mutex_);
  return last_signal_ == 0 ? 0 : kExitSignalBase + last_signal_;
}

void RunInterrupts::StartKill(bool forced) {
  threads_.emplace_back([this, forced, job_id = job_id_] { Kill(job_id, forced); });
}

void RunInterrupts::Kill(const std::string& job_id, bool forced) {
  v1::KillRequest request;
  request.set_job_id(job_id);
  if (forced) SetDurationProto(absl::ZeroDuration(), request.mutable_grace_period());
  const absl::StatusOr<AgentClient*> client = session_->client();
  if (!client.ok()) return;
  CallOptions options;
  options.cancel = &kills_;
  const absl::StatusOr<v1::KillResponse> response = (*client)->Kill(request, options);
  if (!response.ok() && !kills_.cancelled()) {
    session_->Fail(response.status(), kExitProctorFailed, job_id);
  }
}

}  // namespace proctor::cli
