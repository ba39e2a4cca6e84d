#include "client/retry_loop.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

absl::optional<absl::Duration> End(const CallOptions& call, Clock* clock) {
  if (!call.deadline.has_value()) return absl::nullopt;
  return clock->Monotonic() + *call.deadline;
}

// Nobody here has cancelled anything: what reads as CANCELLED is a stream that broke with its
// connection, or that reached an agent that was about to end (gRPC resets it round the GOAWAY).
absl::Status AsBroken(const absl::Status& status) {
  if (!absl::IsCancelled(status)) return status;
  return absl::UnavailableError(
      absl::StrCat("the connection to the agent broke: ", status.message()));
}

double RandomFraction() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::generate_canonical<double, 24>(generator);
}

}  // namespace

RetryLoop::RetryLoop(const ClientOptions& options, const CallOptions& call, Repeat repeat,
                     std::atomic<bool>* reached, Clock* clock)
    : retry_window_(options.retry.window),
      connect_window_(options.connect_timeout),
      repeat_(repeat),
      reached_(reached),
      clock_(clock),
      stop_(call.cancel != nullptr ? call.cancel->token() : std::stop_token()),
      start_(clock->Monotonic()),
      end_(End(call, clock)),
      schedule_(options.retry, clock->Monotonic()) {}

void RetryLoop::Reached() { reached_->store(true, std::memory_order_relaxed); }

void RetryLoop::Heard() {
  Reached();
  schedule_.Heard(clock_->Monotonic());
}

absl::Status RetryLoop::Next(const absl::Status& failure) {
  ++failures_;
  if (cancelled()) return absl::CancelledError("cancelled by the caller");
  const absl::Status status = AsBroken(failure);
  if (status.code() != absl::StatusCode::kUnavailable) return status;
  if (repeat_ == Repeat::kNever) return status;
  const bool reached = reached_->load(std::memory_order_relaxed);
  // The outage begins when it is noticed: a Wait may have been pending for hours.
  if (reached && failures_ == 1) schedule_.Heard(clock_->Monotonic());
  const absl::optional<absl::Duration> pause = schedule_.NextPause(
      clock_->Monotonic(), reached ? retry_window_ : connect_window_, RandomFraction());
  if (!pause.has_value()) return status;
  const absl::optional<absl::Duration> remaining = Remaining();
  if (remaining.has_value() && *remaining <= *pause) {
    if (*remaining > absl::ZeroDuration()) Sleep(*remaining);
    if (cancelled()) return absl::CancelledError("cancelled by the caller");
    return absl::DeadlineExceededError(
        absl::StrCat("the deadline passed while the agent was unavailable: ", status.message()));
  }
  Sleep(*pause);
  if (cancelled()) return absl::CancelledError("cancelled by the caller");
  return absl::OkStatus();
}

absl::optional<absl::Duration> RetryLoop::Remaining() const {
  if (!end_.has_value()) return absl::nullopt;
  return *end_ - clock_->Monotonic();
}

absl::Duration RetryLoop::SessionTimeout(absl::Duration usual) const {
  absl::Duration timeout = usual;
  if (connect_window_ > absl::ZeroDuration() && !reached_->load(std::memory_order_relaxed)) {
    timeout = start_ + connect_window_ - clock_->Monotonic();
  }
  return std::clamp(timeout, absl::ZeroDuration(),
                    std::max(Remaining().value_or(timeout), absl::ZeroDuration()));
}

void RetryLoop::Sleep(absl::Duration pause) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock<std::mutex> lock(mutex);
  wake.wait_for(lock, stop_, absl::ToChronoNanoseconds(pause), [] { return false; });
}

}  // namespace proctor
