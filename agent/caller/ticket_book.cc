#include "agent/caller/ticket_book.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/secure_random.h"
#include "common/ticket_proof.h"

namespace proctor {

TicketBook::TicketBook(Options options, const Clock* clock) : options_(options), clock_(clock) {}

absl::StatusOr<Ticket> TicketBook::Issue(std::shared_ptr<const CallerToken> caller) {
  SecretBytes secret(SecureRandomBytes(kTicketSecretSize));
  std::string id = TicketId(secret);
  const std::string& account = caller->principal()->key();
  MutexLock lock(&mutex_);
  DropExpired();
  size_t& outstanding = outstanding_[account];
  if (outstanding >= options_.max_per_principal) {
    return absl::ResourceExhaustedError(absl::StrCat(caller->principal()->ToString(), " has ",
                                                     outstanding, " unused tickets already"));
  }
  ++outstanding;
  Entry entry{std::move(caller), secret.Clone(), clock_->Monotonic() + options_.life};
  entries_.emplace(id, std::move(entry));
  return Ticket{std::move(id), std::move(secret)};
}

absl::StatusOr<RedeemedTicket> TicketBook::Redeem(absl::string_view id, absl::string_view binding,
                                                  absl::string_view client_nonce,
                                                  absl::string_view client_proof) {
  const absl::Status refused =
      absl::UnauthenticatedError("the ticket is unknown, used, expired or not the caller's");
  Entry entry;
  {
    MutexLock lock(&mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) return refused;
    entry = Take(found);
  }
  if (clock_->Monotonic() >= entry.expires) return refused;
  if (!ConstantTimeEqual(ClientTicketProof(entry.secret, binding, client_nonce), client_proof)) {
    return refused;
  }
  return RedeemedTicket{std::move(entry.caller), std::move(entry.secret)};
}

// Few are out at a time: their life is short and each account's number bounded.
void TicketBook::DropExpired() {
  const absl::Duration now = clock_->Monotonic();
  for (auto it = entries_.begin(); it != entries_.end();) {
    const auto current = it++;
    if (now >= current->second.expires) Take(current);
  }
}

TicketBook::Entry TicketBook::Take(Entries::iterator entry) {
  Entry taken = std::move(entry->second);
  const auto account = outstanding_.find(taken.caller->principal()->key());
  if (--account->second == 0) outstanding_.erase(account);
  entries_.erase(entry);
  return taken;
}

}  // namespace proctor
