#ifndef PROCTOR_AGENT_CALLER_TICKET_BOOK_H_
#define PROCTOR_AGENT_CALLER_TICKET_BOOK_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/token/caller_token.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/secret_bytes.h"

namespace proctor {

// What is handed to a caller over a channel that has proved who both ends are.
struct Ticket {
  std::string id;  // TicketId(secret), 32 bytes.
  SecretBytes secret;
};

// A ticket that was good.
struct RedeemedTicket {
  std::shared_ptr<const CallerToken> caller;
  SecretBytes secret;  // For the server's own proof.
};

// The tickets that are out. Each stands for a caller who is already known, and opens one session on
// the TLS listener. Thread-safe.
class TicketBook {
 public:
  struct Options {
    absl::Duration life = absl::Seconds(30);
    size_t max_per_principal = 64;
  };

  // `clock` must outlive the book.
  TicketBook(Options options, const Clock* clock);

  // RESOURCE_EXHAUSTED when the caller's account has too many tickets out.
  absl::StatusOr<Ticket> Issue(std::shared_ptr<const CallerToken> caller);

  // `client_proof` is ClientTicketProof() with the given binding and nonce. Whoever names a ticket
  // uses it up, even with a wrong proof: only its holder knows the id. UNAUTHENTICATED, in the same
  // words, whether it was unknown, used, expired or not proved.
  absl::StatusOr<RedeemedTicket> Redeem(absl::string_view id, absl::string_view binding,
                                        absl::string_view client_nonce,
                                        absl::string_view client_proof);

 private:
  struct Entry {
    std::shared_ptr<const CallerToken> caller;
    SecretBytes secret;
    absl::Duration expires;  // On the monotonic clock.
  };
  using Entries = absl::flat_hash_map<std::string, Entry>;

  void DropExpired() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Entry Take(Entries::iterator entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  const Clock* const clock_;
  Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  // By principal key; an account without tickets has no entry.
  absl::flat_hash_map<std::string, size_t> outstanding_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_TICKET_BOOK_H_
