#include "agent/rpc/identity_servers.h"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/caller/connection_audit.h"
#include "agent/caller/name_lookups.h"
#include "agent/rpc/error_details.h"
#include "common/log.h"

namespace proctor {
namespace {

// One account has several identities only through newgrp(1), sg(1) and changed group membership.
constexpr int kMaxIdentitiesOfUid = 64;
// Distinct refusal texts; beyond, a refused connection is closed without one.
constexpr size_t kMaxRefusals = 32;
// Of all users together: each holds a transport for seconds.
constexpr double kExplanationsPerSecond = 20;
constexpr double kExplanationBurst = 40;

UserWorkers::Options LookupOptions() {
  UserWorkers::Options options = NameLookupOptions();
  // Connections are bounded already.
  options.max_waiting_per_user = std::numeric_limits<size_t>::max();
  return options;
}

std::string IdentityKey(const v1::Principal& principal) {
  return principal.posix().SerializeAsString();
}

}  // namespace

IdentityServers::IdentityServers(const AgentCore& core, IdentityServer::Options options,
                                 Bounds bounds)
    : core_(core),
      options_(options),
      bounds_(bounds),
      explanations_(kExplanationsPerSecond, kExplanationBurst),
      thread_([this] { ServeLoop(); }),
      lookups_(LookupOptions(), Clock::Real()) {}

IdentityServers::~IdentityServers() { Shutdown(absl::ZeroDuration()); }

void IdentityServers::Accept(UniqueFd connection, AnonymousCaller caller) {
  {
    MutexLock lock(&mutex_);
    if (stopping_) return;
    const auto found = identities_.find(IdentityKey(caller.credentials));
    if (found != identities_.end()) {
      Identity& known = found->second;
      // Asked at each connection: policy may be another than at the first.
      const absl::Status may = MayConnect(known.server->principal());
      if (!may.ok()) {
        return RefuseUser(std::move(connection), known.server->principal().key(), may);
      }
      known.connected = core_.clock->Monotonic();
      return known.server->Accept(std::move(connection));
    }
  }
  LookUp(std::move(connection), std::move(caller));
}

void IdentityServers::LookUp(UniqueFd connection, AnonymousCaller caller) {
  // Shared, because a std::function must be copyable.
  const auto newcomer = std::make_shared<UniqueFd>(std::move(connection));
  const v1::Principal credentials = caller.credentials;
  lookups_.Run<CallerToken>(
      absl::StrCat(credentials.posix().uid()),
      [pipeline = core_.pipeline, caller = std::move(caller)] {
        return pipeline->Identify(caller);
      },
      [this, newcomer, credentials](absl::StatusOr<CallerToken> token) {
        Receive({std::move(*newcomer), credentials, std::move(token)});
      });
}

void IdentityServers::ServeLoop() {
  while (true) {
    absl::optional<Newcomer> next;
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && newcomers_.empty()) arrived_.Wait(&mutex_);
      if (stopping_) return;
      next.emplace(std::move(newcomers_.front()));
      newcomers_.pop_front();
    }
    Admit(*std::move(next));
  }
}

void IdentityServers::Receive(Newcomer newcomer) {
  MutexLock lock(&mutex_);
  if (stopping_) return;
  newcomers_.push_back(std::move(newcomer));
  arrived_.NotifyOne();
}

void IdentityServers::Admit(Newcomer newcomer) {
  const std::string key = IdentityKey(newcomer.credentials);
  const uint32_t uid = newcomer.credentials.posix().uid();
  {
    MutexLock lock(&mutex_);
    if (const auto found = identities_.find(key); found != identities_.end()) {
      // Made while this one waited.
      return found->second.server->Accept(std::move(newcomer.connection));
    }
  }
  absl::StatusOr<Identity> identity = Serve(std::move(newcomer.token), uid);
  MutexLock lock(&mutex_);
  if (!identity.ok()) {
    ForgetUser(uid);
    return RefuseUser(std::move(newcomer.connection), absl::StrCat(uid), identity.status());
  }
  if (stopping_) return;
  identity->server->SetServing(serving_);
  identity->server->Accept(std::move(newcomer.connection));
  ++users_[uid].identities;
  identities_.emplace(key, *std::move(identity));
}

absl::StatusOr<IdentityServers::Identity> IdentityServers::Serve(absl::StatusOr<CallerToken> token,
                                                                 uint32_t uid) {
  if (!token.ok()) return token.status();
  Identity identity;
  identity.uid = uid;
  {
    MutexLock lock(&mutex_);
    if (absl::Status counted = CountIdentities(identity.uid); !counted.ok()) return counted;
  }
  if (absl::Status may = MayConnect(*token->principal()); !may.ok()) return may;
  identity.named = !token->principal()->proto().name().empty();
  identity.connected = core_.clock->Monotonic();
  const grpc::ResourceQuota* const quota = QuotaOf(identity);
  if (quota == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat(bounds_.nameless, " identities without an account are connected already"));
  }
  LogInfo("first connection of ", token->principal()->ToString());
  identity.server = IdentityServer::Create(core_, *std::move(token), options_, *quota);
  if (identity.server == nullptr) return absl::InternalError("gRPC could not make a server");
  return identity;
}

absl::Status IdentityServers::CountIdentities(uint32_t uid) const {
  const auto user = users_.find(uid);
  if (user == users_.end() || user->second.identities < kMaxIdentitiesOfUid) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(absl::StrCat(
      "connections with more than ", kMaxIdentitiesOfUid, " different group lists of one user"));
}

const grpc::ResourceQuota* IdentityServers::QuotaOf(const Identity& newcomer) {
  Identity gone;  // Ends after the lock.
  MutexLock lock(&mutex_);
  const auto alike = std::count_if(identities_.begin(), identities_.end(), [&](const auto& entry) {
    return entry.second.named == newcomer.named;
  });
  if (static_cast<size_t>(alike) >= (newcomer.named ? bounds_.named : bounds_.nameless)) {
    const auto least_used = LeastUsed(newcomer.named);
    if (least_used != identities_.end()) {
      gone = std::move(least_used->second);
      identities_.erase(least_used);
      --users_[gone.uid].identities;
      ForgetUser(gone.uid);
    } else if (!newcomer.named) {
      return nullptr;
    }
  }
  std::unique_ptr<grpc::ResourceQuota>& quota = users_[newcomer.uid].quota;
  if (quota == nullptr) {
    quota = std::make_unique<grpc::ResourceQuota>(absl::StrCat("uid ", newcomer.uid));
    quota->Resize(options_.max_buffered_bytes);
  }
  return quota.get();
}

IdentityServers::Identities::iterator IdentityServers::LeastUsed(bool named) {
  auto least = identities_.end();
  for (auto candidate = identities_.begin(); candidate != identities_.end(); ++candidate) {
    const Identity& identity = candidate->second;
    if (identity.named != named ||
        (least != identities_.end() && least->second.connected <= identity.connected)) {
      continue;
    }
    // A connection is counted before it comes here, and a call until gRPC is done with it: the end
    // of a server without either waits for nobody.
    if (core_.bounds == nullptr) continue;
    const UserBounds::Usage usage = core_.bounds->UsageOf(absl::StrCat(identity.uid));
    if (usage.connections == 0 && usage.calls == 0) least = candidate;
  }
  return least;
}

void IdentityServers::ForgetUser(uint32_t uid) {
  const auto user = users_.find(uid);
  if (user != users_.end() && user->second.identities == 0) users_.erase(user);
}

size_t IdentityServers::size() const {
  MutexLock lock(&mutex_);
  return identities_.size();
}

absl::Status IdentityServers::MayConnect(const Principal& caller) const {
  return core_.policy == nullptr ? absl::OkStatus() : core_.policy->Current()->MayConnect(caller);
}

void IdentityServers::Refuse(UniqueFd connection, const absl::Status& reason) {
  MutexLock lock(&mutex_);
  RefuseLocked(std::move(connection), reason);
}

void IdentityServers::RefuseUser(UniqueFd connection, const std::string& user,
                                 const absl::Status& reason) {
  AuditRefusedConnection(absl::StrCat("uid ", user), reason);
  if (core_.bounds == nullptr || core_.bounds->MayExplain(user)) {
    return RefuseLocked(std::move(connection), reason);
  }
  ::shutdown(connection.get(), SHUT_RDWR);
}

void IdentityServers::RefuseLocked(UniqueFd connection, const absl::Status& reason) {
  const std::string text = reason.ToString();
  if (stopping_ || !explanations_.Take(core_.clock->Monotonic()) ||
      (refusals_.size() >= kMaxRefusals && refusals_.count(text) == 0)) {
    // The listener keeps a duplicate of what it has let in: closing alone would leave its peer
    // waiting.
    ::shutdown(connection.get(), SHUT_RDWR);
    return;
  }
  std::unique_ptr<RefusalServer>& server = refusals_[text];
  if (server == nullptr) server = std::make_unique<RefusalServer>(ToGrpcStatus(reason));
  server->Accept(std::move(connection));
}

void IdentityServers::SetServing(bool serving) {
  MutexLock lock(&mutex_);
  serving_ = serving;
  for (const auto& [key, identity] : identities_) identity.server->SetServing(serving);
}

bool IdentityServers::Shutdown(absl::Duration patience) {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    newcomers_.clear();
  }
  arrived_.NotifyAll();
  if (thread_.joinable()) thread_.join();
  const bool idle = lookups_.Stop(patience);
  Identities identities;
  std::map<std::string, std::unique_ptr<RefusalServer>> refusals;
  {
    MutexLock lock(&mutex_);
    identities.swap(identities_);
    refusals.swap(refusals_);
  }
  const auto deadline = std::chrono::system_clock::now() + absl::ToChronoMilliseconds(patience);
  for (const auto& [key, identity] : identities) identity.server->Shutdown(deadline);
  return idle;
}

}  // namespace proctor
