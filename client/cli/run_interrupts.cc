#include "client/cli/run_interrupts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/exit_code.h"
#include "client/cli/standard_streams.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

// Whoever has interrupted does not wait for a realm that is silent.
constexpr absl::Duration kSessionTime = absl::Seconds(5);

}  // namespace

RunInterrupts::~RunInterrupts() {
  kills_.Cancel();
  std::vector<std::thread> threads;
  {
    const MutexLock lock(&mutex_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void RunInterrupts::SetEndsWithCaller(bool ends) {
  const MutexLock lock(&mutex_);
  ends_with_caller_ = ends;
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
  if (interrupts_ > 2 || cannot_kill_) {
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
  // Kill waits for the job's end, which takes its time; a session does not.
  CallOptions of_session = options;
  of_session.deadline = kSessionTime;
  const absl::Status session = (*client)->AuthenticatedChannel(of_session).status();
  if (!session.ok()) {
    if (!kills_.cancelled()) KillFailed(session, job_id);
    return;
  }
  const absl::StatusOr<v1::KillResponse> response = (*client)->Kill(request, options);
  if (!response.ok() && !kills_.cancelled()) KillFailed(response.status(), job_id);
}

void RunInterrupts::KillFailed(const absl::Status& status, const std::string& job_id) {
  session_->Fail(status, kExitProctorFailed, job_id);
  if (absl::IsNotFound(status)) return;  // The agent has been asked: the job is gone.
  bool ends_with_caller = false;
  {
    const MutexLock lock(&mutex_);
    if (std::exchange(cannot_kill_, true)) return;
    ends_with_caller = ends_with_caller_;
  }
  if (!session_->json()) {
    session_->Note(ends_with_caller
                       ? absl::StrCat("  The agent ends job ", job_id,
                                      ", because nobody waits for it any more.\n")
                       : absl::StrCat("  Job ", job_id,
                                      " goes on. When that is mended: proctor kill ", job_id,
                                      "\n  Once more gives up waiting for it.\n"));
  }
  if (ends_with_caller) run_->Cancel();
}

}  // namespace proctor::cli
