#include "client/session_holder.h"

#include <utility>

#include "common/clock.h"

namespace proctor {
SessionHolder::SessionHolder(std::shared_ptr<HandshakeSource> source,
                             grpc::ChannelArguments arguments)
    : source_(std::move(source)), arguments_(std::move(arguments)) {}

absl::StatusOr<std::shared_ptr<TlsConnection>> SessionHolder::Get(absl::Duration timeout) {
  std::shared_ptr<TlsConnection> current;
  {
    MutexLock lock(&mutex_);
    if (current_ != nullptr && current_->session_fresh()) return current_;
    if (opening_) return AwaitOther(timeout);
    opening_ = true;
    current = current_;
  }
  absl::StatusOr<std::shared_ptr<TlsConnection>> opened = Open(std::move(current), timeout);
  MutexLock lock(&mutex_);
  opening_ = false;
  ++openings_;
  last_ = opened.status();
  if (opened.ok()) current_ = *opened;
  changed_.NotifyAll();
  // A renewal that failed is no reason to give up a session that still lives.
  if (!opened.ok() && current_ != nullptr && current_->session_open()) return current_;
  return opened;
}

absl::StatusOr<std::shared_ptr<TlsConnection>> SessionHolder::AwaitOther(absl::Duration timeout) {
  if (current_ != nullptr && current_->session_open()) return current_;  // It is being renewed.
  const absl::Duration end = Clock::Real()->Monotonic() + timeout;
  const uint64_t before = openings_;
  while (openings_ == before) {
    const absl::Duration rest = end - Clock::Real()->Monotonic();
    if (rest <= absl::ZeroDuration()) {
      return absl::UnavailableError("authentication is still under way");
    }
    changed_.WaitFor(&mutex_, rest);
  }
  if (!last_.ok()) return last_;
  return current_;
}

absl::StatusOr<std::shared_ptr<TlsConnection>> SessionHolder::Open(
    std::shared_ptr<TlsConnection> current, absl::Duration timeout) {
  absl::StatusOr<HandshakePlan> plan = source_->Next();
  if (!plan.ok()) return plan.status();
  if (current == nullptr || !current->Fits(*plan) || current->trust().certificate_changed()) {
    current = TlsConnection::Make(plan->endpoint, plan->trust, arguments_);
  }
  absl::Status opened = current->Authenticate(std::move(plan->handshake), timeout);
  if (opened.ok()) return current;
  if (!current->trust().certificate_changed()) return opened;
  // The agent shows another certificate than before. It is as good as a stranger's until a
  // handshake on a channel of its own has proved it.
  plan = source_->Next();
  if (!plan.ok()) return plan.status();
  current = TlsConnection::Make(plan->endpoint, plan->trust, arguments_);
  opened = current->Authenticate(std::move(plan->handshake), timeout);
  if (!opened.ok()) return opened;
  return current;
}

}  // namespace proctor
