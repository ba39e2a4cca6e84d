#ifndef PROCTOR_AGENT_CALLER_TLS_CONNECTIONS_H_
#define PROCTOR_AGENT_CALLER_TLS_CONNECTIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/lock_out.h"
#include "common/mutex.h"
#include "common/token_bucket.h"

namespace proctor {

// A connection, as far as who bounds it must reach it. Both may be called on any thread.
class AcceptedConnection {
 public:
  virtual ~AcceptedConnection() = default;
  // Ends it for both sides; what was given away of it notices.
  virtual void Shut() = 0;
  // Since its beginning, TLS included.
  virtual uint64_t BytesReceived() const = 0;
};

// The connections of one TLS listener: what an address, and all strangers together, may have of
// them. A stranger is a connection without a session. An address is one of IPv4, or a /64 of IPv6
// (PeerNetwork). Each refusal is RESOURCE_EXHAUSTED and names its bound. Thread-safe.
class TlsConnections {
 public:
  struct Options {
    uint32_t max_connections = 4096;
    uint32_t max_per_address = 256;
    // Together; an address may have a quarter of them. When all are taken, the oldest of the
    // address that has the most of them is shut for one of an address that has fewer.
    uint32_t max_strangers = 256;
    absl::Duration authentication_time = absl::Seconds(30);
    // Calls in flight keep their connection for so long after its last session has ended.
    absl::Duration calls_outlive_session = absl::Hours(12);
    // Ten seconds' worth may come at once.
    uint32_t new_connections_per_second = 50;
    uint32_t stranger_calls_per_second = 50;
    // What a stranger may send, TLS included: a handshake takes a tenth of it.
    uint64_t max_stranger_bytes = 256 << 10;
  };

  // `clock` must outlive the connections.
  TlsConnections(Options options, const Clock* clock) : options_(options), clock_(clock) {}

  // Whether a connection from `peer`, as gRPC spells it, may be: before anything is done for it.
  // OK: Ended(peer) must follow.
  absl::Status Begin(const std::string& peer, std::unique_ptr<AcceptedConnection> connection);
  void Ended(const std::string& peer);

  // A session of the account `who` (a principal key) was opened on the connection, or ended. With
  // the last one the connection becomes a stranger's, or, where calls are in flight, when these
  // have ended.
  void SessionOpened(const std::string& peer, const std::string& who);
  void SessionEnded(const std::string& peer, const std::string& who);
  // To be kept as long as a call from `peer`, in a session of `who`, is in flight.
  std::shared_ptr<const void> CallBegun(const std::string& peer, const std::string& who);

  // A call without a session has come from `peer`. When the address makes too many of them it is
  // refused, the connection is shut, and no other one of the address is taken for a while.
  absl::Status StrangerCalls(const std::string& peer);

  // Shuts the connection from `peer`, if there is one.
  void Shut(const std::string& peer);
  // Shuts the strangers that have had their time, or have sent too much, and those whose calls have
  // outlived their session for long enough. Returns how many strangers are left: the others are in
  // no hurry.
  size_t ShutOverdue();

  size_t size() const;

 private:
  // What an account has of a connection.
  struct Share {
    bool idle() const { return calls.use_count() == 1; }

    uint32_t sessions = 0;
    std::shared_ptr<const void> calls = std::make_shared<char>();  // Held by each in flight, too.
    absl::Duration ended;  // Its last session; when it has none.
  };
  struct Entry {
    bool HasLapsed() const;

    std::unique_ptr<AcceptedConnection> connection;
    std::string address;
    uint32_t sessions = 0;                           // Of all accounts.
    absl::flat_hash_map<std::string, Share> shares;  // With sessions, or calls that outlive them.
    bool gave_way = false;  // Shut for another stranger: not one of the strangers any more.
    // While there is no session: since when, and what had come by then.
    absl::Duration stranger_since;
    uint64_t received_before = 0;
  };
  struct Address {
    explicit Address(const Options& options);
    bool IsIdle(absl::Duration now);

    uint32_t connections = 0;
    uint32_t strangers = 0;
    TokenBucket new_connections;
    TokenBucket stranger_calls;
    LockOut lock_out;  // After too many of them.
  };

  Address& AddressOf(const std::string& address) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Judge(Address* address) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether there is a place for a stranger from `newcomer`; shuts another one for it if need be.
  bool MakeRoom(const Address& newcomer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BecomeStranger(const std::string& peer, Entry* entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ShutLapsed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BecomeKnown(const std::string& peer, const Entry& entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  const Clock* const clock_;
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);  // By peer.
  absl::flat_hash_map<std::string, Address> addresses_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<std::string> strangers_ ABSL_GUARDED_BY(mutex_);  // Their peers.
  // Peers with calls of an account that has no session there any more.
  absl::flat_hash_set<std::string> lapsed_ ABSL_GUARDED_BY(mutex_);
  size_t forget_at_ ABSL_GUARDED_BY(mutex_) = 1024;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_TLS_CONNECTIONS_H_
