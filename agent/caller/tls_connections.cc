#include "agent/caller/tls_connections.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "agent/caller/peer_address.h"
#include "common/bound_exceeded.h"

namespace proctor {
namespace {

// How much of a rate may come at once, in seconds.
constexpr double kConnectionSeconds = 10;
constexpr double kCallSeconds = 5;

absl::Status Exceeded(absl::string_view bound, absl::string_view what) {
  return BoundExceeded(bound, what, "try later, or raise the bound in the agent's configuration");
}

absl::Status TooManyCalls(uint32_t bound) {
  return Exceeded("max_unauthenticated_calls_per_second_per_address",
                  absl::StrCat("more than ", bound, " calls a second without a session"));
}

}  // namespace

TlsConnections::Address::Address(const Options& options)
    : new_connections(options.new_connections_per_second,
                      kConnectionSeconds * options.new_connections_per_second),
      stranger_calls(options.stranger_calls_per_second,
                     kCallSeconds * options.stranger_calls_per_second) {}

bool TlsConnections::Address::IsIdle(absl::Duration now) {
  return connections == 0 && new_connections.IsFull(now) && stranger_calls.IsFull(now) &&
         lock_out.IsForgotten(now);
}

TlsConnections::Address& TlsConnections::AddressOf(const std::string& address) {
  const auto known = addresses_.find(address);
  if (known != addresses_.end()) return known->second;
  if (addresses_.size() >= forget_at_) {
    const absl::Duration now = clock_->Monotonic();
    absl::erase_if(addresses_, [now](auto& entry) { return entry.second.IsIdle(now); });
    forget_at_ = std::max<size_t>(1024, 2 * addresses_.size());
  }
  return addresses_.emplace(address, Address(options_)).first->second;
}

absl::Status TlsConnections::Judge(Address* address) {
  const absl::Duration now = clock_->Monotonic();
  if (!address->new_connections.Take(now)) {
    return Exceeded(
        "max_new_connections_per_second_per_address",
        absl::StrCat("more than ", options_.new_connections_per_second, " connections a second"));
  }
  if (address->lock_out.IsActive(now)) return TooManyCalls(options_.stranger_calls_per_second);
  if (address->connections >= options_.max_per_address) {
    return Exceeded("max_tls_connections_per_address", absl::StrCat(address->connections, " open"));
  }
  if (entries_.size() >= options_.max_connections) {
    return Exceeded("max_tls_connections", absl::StrCat(entries_.size(), " open"));
  }
  // Rounded up, so that one is always possible.
  if (address->strangers >= (options_.max_strangers + 3) / 4 || !MakeRoom(*address)) {
    return Exceeded("max_unauthenticated_connections",
                    absl::StrCat(address->strangers, " of this address and ", strangers_.size(),
                                 " in all have no session"));
  }
  return absl::OkStatus();
}

bool TlsConnections::MakeRoom(const Address& newcomer) {
  if (strangers_.size() < options_.max_strangers) return true;
  std::pair<const std::string, Entry>* oldest = nullptr;
  uint32_t most = newcomer.strangers;
  for (const std::string& peer : strangers_) {
    auto& candidate = *entries_.find(peer);
    const uint32_t held = addresses_.find(candidate.second.address)->second.strangers;
    if (held > most || (held == most && oldest != nullptr &&
                        candidate.second.stranger_since < oldest->second.stranger_since)) {
      oldest = &candidate;
      most = held;
    }
  }
  if (oldest == nullptr) return false;
  oldest->second.connection->Shut();
  oldest->second.gave_way = true;
  BecomeKnown(oldest->first, oldest->second);
  return true;
}

absl::Status TlsConnections::Begin(const std::string& peer,
                                   std::unique_ptr<AcceptedConnection> connection) {
  MutexLock lock(&mutex_);
  std::string network = PeerNetwork(peer);
  Address& address = AddressOf(network);
  if (absl::Status judged = Judge(&address); !judged.ok()) return judged;
  const auto [entry, added] = entries_.try_emplace(peer);
  if (!added) return absl::AlreadyExistsError("the kernel named two connections alike");
  entry->second.connection = std::move(connection);
  entry->second.address = std::move(network);
  ++address.connections;
  BecomeStranger(peer, &entry->second);
  return absl::OkStatus();
}

void TlsConnections::Ended(const std::string& peer) {
  MutexLock lock(&mutex_);
  const auto found = entries_.find(peer);
  if (found == entries_.end()) return;
  if (found->second.sessions == 0) BecomeKnown(peer, found->second);
  lapsed_.erase(peer);
  --AddressOf(found->second.address).connections;
  entries_.erase(found);
}

bool TlsConnections::Entry::HasLapsed() const {
  return absl::c_any_of(shares, [](const auto& share) { return share.second.sessions == 0; });
}

void TlsConnections::SessionOpened(const std::string& peer, const std::string& who) {
  MutexLock lock(&mutex_);
  const auto found = entries_.find(peer);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  ++entry.shares[who].sessions;
  if (!entry.HasLapsed()) lapsed_.erase(peer);
  if (entry.sessions++ == 0) BecomeKnown(peer, entry);
}

void TlsConnections::SessionEnded(const std::string& peer, const std::string& who) {
  MutexLock lock(&mutex_);
  const auto found = entries_.find(peer);
  if (found == entries_.end() || found->second.sessions == 0) return;
  Entry& entry = found->second;
  const auto share = entry.shares.find(who);
  if (share == entry.shares.end() || share->second.sessions == 0) return;
  --entry.sessions;
  if (--share->second.sessions == 0) {
    if (share->second.idle()) {
      entry.shares.erase(share);
    } else {
      share->second.ended = clock_->Monotonic();
      lapsed_.insert(peer);
    }
  }
  if (entry.sessions == 0 && !lapsed_.contains(peer)) BecomeStranger(peer, &entry);
}

std::shared_ptr<const void> TlsConnections::CallBegun(const std::string& peer,
                                                      const std::string& who) {
  MutexLock lock(&mutex_);
  const auto found = entries_.find(peer);
  if (found == entries_.end()) return nullptr;
  const auto share = found->second.shares.find(who);
  return share == found->second.shares.end() ? nullptr : share->second.calls;
}

void TlsConnections::ShutLapsed() {
  const absl::Duration due = clock_->Monotonic() - options_.calls_outlive_session;
  for (auto peer = lapsed_.begin(); peer != lapsed_.end();) {
    Entry& entry = entries_.find(*peer)->second;
    // No other call begins without a session.
    absl::erase_if(entry.shares, [](const auto& share) {
      return share.second.sessions == 0 && share.second.idle();
    });
    for (const auto& [who, share] : entry.shares) {
      if (share.sessions == 0 && share.ended <= due) entry.connection->Shut();
    }
    if (entry.HasLapsed()) {
      ++peer;
      continue;
    }
    if (entry.sessions == 0) BecomeStranger(*peer, &entry);
    lapsed_.erase(peer++);
  }
}

void TlsConnections::BecomeStranger(const std::string& peer, Entry* entry) {
  if (entry->gave_way) return;
  entry->stranger_since = clock_->Monotonic();
  entry->received_before = entry->connection->BytesReceived();
  ++AddressOf(entry->address).strangers;
  strangers_.insert(peer);
}

void TlsConnections::BecomeKnown(const std::string& peer, const Entry& entry) {
  if (strangers_.erase(peer) > 0) --AddressOf(entry.address).strangers;
}

absl::Status TlsConnections::StrangerCalls(const std::string& peer) {
  MutexLock lock(&mutex_);
  const absl::Duration now = clock_->Monotonic();
  Address& address = AddressOf(PeerNetwork(peer));
  if (address.stranger_calls.Take(now)) return absl::OkStatus();
  address.lock_out.Begin(now);
  const auto found = entries_.find(peer);
  if (found != entries_.end()) found->second.connection->Shut();
  return TooManyCalls(options_.stranger_calls_per_second);
}

void TlsConnections::Shut(const std::string& peer) {
  MutexLock lock(&mutex_);
  const auto found = entries_.find(peer);
  if (found != entries_.end()) found->second.connection->Shut();
}

size_t TlsConnections::ShutOverdue() {
  MutexLock lock(&mutex_);
  ShutLapsed();
  const absl::Duration due = clock_->Monotonic() - options_.authentication_time;
  for (const std::string& peer : strangers_) {
    const Entry& entry = entries_.find(peer)->second;
    if (entry.stranger_since <= due ||
        entry.connection->BytesReceived() - entry.received_before > options_.max_stranger_bytes) {
      entry.connection->Shut();
    }
  }
  return strangers_.size();
}

size_t TlsConnections::size() const {
  MutexLock lock(&mutex_);
  return entries_.size();
}

}  // namespace proctor
