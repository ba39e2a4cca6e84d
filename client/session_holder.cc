#include "client/session_holder.h"

#include <algorithm>
#include <utility>

namespace proctor {
namespace {

// Nobody waits long for the renewal of what is still good.
constexpr absl::Duration kRenewalPatience = absl::Seconds(1);

// On the opening's own thread.
SessionOpening::Result Open(HandshakeSource& source, const grpc::ChannelArguments& arguments,
                            std::shared_ptr<TlsConnection> current, const OpeningTerms& terms) {
  absl::StatusOr<HandshakePlan> plan = source.Next();
  if (!plan.ok()) return plan.status();
  if (terms.stop.stop_requested()) return absl::CancelledError("nobody waits any more");
  if (current == nullptr || !current->Fits(*plan) || current->trust().certificate_changed()) {
    current = TlsConnection::Make(plan->endpoint, plan->trust, arguments);
  }
  absl::Status opened = current->Authenticate(std::move(plan->handshake), terms);
  if (opened.ok()) return current;
  if (!current->trust().certificate_changed()) return opened;
  // The agent shows another certificate than before. It is as good as a stranger's until a
  // handshake on a channel of its own has proved it.
  plan = source.Next();
  if (!plan.ok()) return plan.status();
  current = TlsConnection::Make(plan->endpoint, plan->trust, arguments);
  opened = current->Authenticate(std::move(plan->handshake), terms);
  if (!opened.ok()) return opened;
  return current;
}

}  // namespace

SessionHolder::SessionHolder(std::shared_ptr<HandshakeSource> source,
                             grpc::ChannelArguments arguments)
    : source_(std::move(source)), arguments_(std::move(arguments)) {}

std::shared_ptr<SessionOpening> SessionHolder::Begin() const {
  return std::make_shared<SessionOpening>(
      [source = source_, arguments = arguments_, current = current_](std::stop_token stop,
                                                                     OnAwaiting on_awaiting) {
        return Open(*source, arguments, current, {std::move(stop), std::move(on_awaiting)});
      });
}

void SessionHolder::Adopt(const std::shared_ptr<SessionOpening>& opening) {
  if (opening_ != opening || !opening->ended()) return;
  SessionOpening::Result result = opening->Await({});
  if (result.ok()) current_ = *std::move(result);
  opening_ = nullptr;
}

absl::Duration SessionHolder::RenewalDue() {
  MutexLock lock(&mutex_);
  if (opening_ != nullptr) Adopt(std::shared_ptr<SessionOpening>(opening_));
  return current_ == nullptr ? absl::ZeroDuration() : current_->renewal_due();
}

absl::StatusOr<std::shared_ptr<TlsConnection>> SessionHolder::Get(const SessionPatience& patience) {
  std::shared_ptr<TlsConnection> current;
  std::shared_ptr<SessionOpening> opening;
  {
    MutexLock lock(&mutex_);
    // One that ended when nobody waited for it: what it failed by may be over.
    if (opening_ != nullptr) Adopt(std::shared_ptr<SessionOpening>(opening_));
    if (current_ != nullptr && current_->session_fresh()) return current_;
    if (opening_ == nullptr) opening_ = Begin();
    current = current_;
    opening = opening_;
  }
  SessionPatience own = patience;
  const bool renewal = current != nullptr && current->session_open();
  if (renewal) own.timeout = std::min(own.timeout, kRenewalPatience);
  absl::StatusOr<std::shared_ptr<TlsConnection>> opened = opening->Await(own);
  {
    MutexLock lock(&mutex_);
    Adopt(opening);
  }
  if (opened.ok() || patience.stop.stop_requested()) return opened;
  // A renewal that failed is no reason to give up a session that still lives.
  if (renewal && current->session_open()) return current;
  return opened;
}

}  // namespace proctor
