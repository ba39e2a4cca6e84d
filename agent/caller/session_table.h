#ifndef PROCTOR_AGENT_CALLER_SESSION_TABLE_H_
#define PROCTOR_AGENT_CALLER_SESSION_TABLE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/token/caller_token.h"
#include "agent/token/policy_source.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace proctor {

// Where a call comes from. A session is good only at the place where it was made.
struct SessionOrigin {
  std::string listener;  // Whatever tells it from every other listener.
  std::string peer;      // gRPC's peer(): "ipv4:127.0.0.1:51000"
};

struct NewSession {
  std::string id;      // 256 random bits as 64 hexadecimal digits.
  absl::Time expires;  // For people and clients; the table itself goes by the monotonic clock.
  absl::Duration life;
};

// The sessions of TLS callers. Looked up by every call. Thread-safe.
class SessionTable {
 public:
  struct Options {
    absl::Duration max_life = absl::Hours(12);
    size_t max_sessions = 20000;
    size_t max_per_principal = 1024;
    // Says who may have sessions, and how many when it bounds them; must outlive the table. Null:
    // everybody.
    const PolicySource* policy = nullptr;
  };

  // `clock` must outlive the table.
  SessionTable(Options options, const Clock* clock);

  // Its life is max_life, or ends before with what the caller was authenticated by (a ticket of a
  // realm). PERMISSION_DENIED when policy does not let the caller connect. RESOURCE_EXHAUSTED when
  // the account, or everybody together, has too many sessions.
  absl::StatusOr<NewSession> Create(std::shared_ptr<const CallerToken> caller,
                                    SessionOrigin origin);

  // UNAUTHENTICATED, in the same words, whether the session is unknown, ended or another
  // connection's.
  absl::StatusOr<std::shared_ptr<const CallerToken>> Find(absl::string_view id,
                                                          absl::string_view listener,
                                                          absl::string_view peer) const;

  // Ends a session; calls that have begun go on. Nothing happens when it has ended already.
  void Revoke(absl::string_view id);

  size_t size() const;
  // Of one account, by its principal key.
  size_t SizeOf(const std::string& principal_key) const;

 private:
  struct Session {
    std::shared_ptr<const CallerToken> caller;
    SessionOrigin origin;
    absl::Duration expires;  // On the monotonic clock.
  };

  absl::Duration LifeOf(const CallerToken& caller) const;

  const Options options_;
  const Clock* const clock_;
  mutable Mutex mutex_;
  // By SHA-256 of the id: how long a comparison takes then says nothing about an id, and the table
  // holds none that could be used.
  absl::flat_hash_map<std::string, Session> sessions_ ABSL_GUARDED_BY(mutex_);
  // By principal key; an account without sessions has no entry.
  absl::flat_hash_map<std::string, size_t> sessions_of_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_SESSION_TABLE_H_
