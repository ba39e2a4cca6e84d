#include "client/session_holder.h"

#include <algorithm>
#include <utility>

#include "client/resolve_endpoint.h"

namespace proctor {
namespace {

// The call that begins the renewal of what is still good does not wait for it for long.
constexpr absl::Duration kRenewalPatience = absl::Seconds(1);

// `current` where it leads to what the plan names, otherwise a new connection. A host may have got
// another address when its connection is to be made anew.
absl::StatusOr<std::shared_ptr<TlsConnection>> ConnectionFor(
    const HandshakePlan& plan, const grpc::ChannelArguments& arguments,
    std::shared_ptr<TlsConnection> current, const OpeningTerms& terms) {
  const bool fits =
      current != nullptr && current->Fits(plan) && !current->trust().certificate_changed();
  if (fits && current->connected()) return current;
  const absl::StatusOr<std::string> target = ResolveEndpoint(plan.endpoint, terms);
  // A name service that is down does not undo what it has said.
  if (fits && absl::IsUnavailable(target.status())) return current;
  if (!target.ok()) return target.status();
  if (fits && current->target() == *target) return current;
  return TlsConnection::Make(plan.endpoint, *target, plan.trust, arguments);
}

// On the opening's own thread.
SessionOpening::Result Open(HandshakeSource& source, const grpc::ChannelArguments& arguments,
                            std::shared_ptr<TlsConnection> current, const OpeningTerms& terms) {
  // The agent may show another certificate than before. It is as good as a stranger's until a
  // handshake on a channel of its own has proved it.
  for (bool again = false;; again = true) {
    absl::StatusOr<HandshakePlan> plan = source.Next();
    if (!plan.ok()) return plan.status();
    if (terms.stop.stop_requested()) return absl::CancelledError("nobody waits any more");
    absl::StatusOr<std::shared_ptr<TlsConnection>> connection =
        ConnectionFor(*plan, arguments, std::move(current), terms);
    if (!connection.ok()) return connection;
    const absl::Status opened = (*connection)->Authenticate(std::move(plan->handshake), terms);
    if (opened.ok()) return connection;
    if (again || !(*connection)->trust().certificate_changed()) return opened;
    current = *std::move(connection);
  }
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
  bool renewal = false;
  {
    MutexLock lock(&mutex_);
    // One that ended when nobody waited for it: what it failed by may be over.
    if (opening_ != nullptr) Adopt(std::shared_ptr<SessionOpening>(opening_));
    if (current_ != nullptr && current_->session_fresh()) return current_;
    renewal = current_ != nullptr && current_->session_open();
    if (opening_ != nullptr && renewal) return current_;
    if (opening_ == nullptr) opening_ = Begin();
    current = current_;
    opening = opening_;
  }
  SessionPatience own = patience;
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
