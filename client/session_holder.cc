#include "client/session_holder.h"

#include <utility>

#include "common/clock.h"

namespace proctor {
namespace {

constexpr size_t kSha256Size = 32;

}  // namespace

SessionHolder::SessionHolder(std::shared_ptr<TicketSource> tickets,
                             grpc::ChannelArguments arguments)
    : tickets_(std::move(tickets)), arguments_(std::move(arguments)) {}

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
  const absl::StatusOr<AgentTicket> ticket = tickets_->GetTicket();
  if (!ticket.ok()) return ticket.status();
  if (ticket->certificate_sha256.size() != kSha256Size) {
    return absl::InternalError("the ticket does not name the agent's certificate");
  }
  if (current == nullptr || !current->Fits(*ticket)) {
    current = TlsConnection::Make(ticket->endpoint, ticket->certificate_sha256, arguments_);
  }
  if (absl::Status opened = current->Authenticate(*ticket, timeout); !opened.ok()) return opened;
  return current;
}

}  // namespace proctor
