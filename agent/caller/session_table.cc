#include "agent/caller/session_table.h"

#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/proto_time.h"
#include "common/secure_random.h"

namespace proctor {
namespace {

constexpr size_t kIdBytes = 32;

std::string DigestOf(absl::string_view id) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(id.data()), id.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace

SessionTable::SessionTable(Options options, const Clock* clock)
    : options_(options), clock_(clock) {}

absl::StatusOr<NewSession> SessionTable::Create(std::shared_ptr<const CallerToken> caller,
                                                SessionOrigin origin) {
  size_t max_of_account = options_.max_per_principal;
  if (options_.policy != nullptr) {
    const std::shared_ptr<const Policy> policy = options_.policy->Current();
    if (absl::Status may = policy->MayConnect(*caller->principal()); !may.ok()) return may;
    max_of_account = policy->LimitsFor(*caller->principal()).max_sessions.value_or(max_of_account);
  }
  NewSession created;
  created.id = absl::BytesToHexString(SecureRandomBytes(kIdBytes));
  created.life = LifeOf(*caller);
  created.expires = clock_->Now() + created.life;
  const std::string account = caller->principal()->key();
  MutexLock lock(&mutex_);
  if (sessions_.size() >= options_.max_sessions) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the agent has ", sessions_.size(), " sessions already"));
  }
  const auto held = sessions_of_.find(account);
  const size_t of_account = held == sessions_of_.end() ? 0 : held->second;
  if (of_account >= max_of_account) {
    return absl::ResourceExhaustedError(
        absl::StrCat(caller->principal()->ToString(), " has ", of_account, " sessions already"));
  }
  sessions_of_[account] = of_account + 1;
  sessions_.emplace(DigestOf(created.id), Session{std::move(caller), std::move(origin),
                                                  clock_->Monotonic() + created.life});
  return created;
}

absl::Duration SessionTable::LifeOf(const CallerToken& caller) const {
  if (!caller.authentication().has_expires()) return options_.max_life;
  const absl::Time end = FromTimestampProto(caller.authentication().expires());
  return std::clamp(end - clock_->Now(), absl::ZeroDuration(), options_.max_life);
}

absl::StatusOr<std::shared_ptr<const CallerToken>> SessionTable::Find(
    absl::string_view id, absl::string_view listener, absl::string_view peer) const {
  const std::string digest = DigestOf(id);
  const absl::Duration now = clock_->Monotonic();
  {
    MutexLock lock(&mutex_);
    const auto found = sessions_.find(digest);
    if (found != sessions_.end() && now < found->second.expires &&
        found->second.origin.listener == listener && found->second.origin.peer == peer) {
      return found->second.caller;
    }
  }
  return absl::UnauthenticatedError("this connection has no such session, or it has ended");
}

void SessionTable::Revoke(absl::string_view id) {
  const std::string digest = DigestOf(id);
  MutexLock lock(&mutex_);
  const auto found = sessions_.find(digest);
  if (found == sessions_.end()) return;
  const auto account = sessions_of_.find(found->second.caller->principal()->key());
  if (--account->second == 0) sessions_of_.erase(account);
  sessions_.erase(found);
}

size_t SessionTable::SizeOf(const std::string& principal_key) const {
  MutexLock lock(&mutex_);
  const auto found = sessions_of_.find(principal_key);
  return found == sessions_of_.end() ? 0 : found->second;
}

size_t SessionTable::size() const {
  MutexLock lock(&mutex_);
  return sessions_.size();
}

}  // namespace proctor
