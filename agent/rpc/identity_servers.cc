#include "agent/rpc/identity_servers.h"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "agent/caller/connection_audit.h"
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

std::string IdentityKey(const v1::Principal& principal) {
  return principal.posix().SerializeAsString();
}

}  // namespace

IdentityServers::IdentityServers(const AgentCore& core, IdentityServer::Options options)
    : core_(core),
      options_(options),
      explanations_(kExplanationsPerSecond, kExplanationBurst),
      resolver_([this] { ResolveLoop(); }) {}

IdentityServers::~IdentityServers() { Shutdown(absl::ZeroDuration()); }

void IdentityServers::Accept(UniqueFd connection, AnonymousCaller caller) {
  MutexLock lock(&mutex_);
  if (stopping_) return;
  const auto found = servers_.find(IdentityKey(caller.credentials));
  if (found != servers_.end()) {
    // Asked at each connection: policy may be another than at the first.
    const absl::Status may = MayConnect(found->second->principal());
    if (!may.ok()) return RefuseUser(std::move(connection), found->second->principal().key(), may);
    return found->second->Accept(std::move(connection));
  }
  unresolved_.emplace_back(std::move(connection), std::move(caller));
  arrived_.NotifyOne();
}

void IdentityServers::ResolveLoop() {
  while (true) {
    std::pair<UniqueFd, AnonymousCaller> next;
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && unresolved_.empty()) arrived_.Wait(&mutex_);
      if (stopping_) return;
      next = std::move(unresolved_.front());
      unresolved_.pop_front();
    }
    Resolve(std::move(next.first), next.second);
  }
}

void IdentityServers::Resolve(UniqueFd connection, const AnonymousCaller& caller) {
  const std::string key = IdentityKey(caller.credentials);
  const uint32_t uid = caller.credentials.posix().uid();
  const grpc::ResourceQuota* quota = nullptr;
  {
    MutexLock lock(&mutex_);
    if (const auto found = servers_.find(key); found != servers_.end()) {
      return found->second->Accept(std::move(connection));  // Made while this one waited.
    }
    User& user = users_[uid];
    if (user.identities < kMaxIdentitiesOfUid) {
      if (user.quota == nullptr) {
        user.quota = std::make_unique<grpc::ResourceQuota>(absl::StrCat("uid ", uid));
        user.quota->Resize(options_.max_buffered_bytes);
      }
      quota = user.quota.get();
    }
  }
  absl::StatusOr<std::unique_ptr<IdentityServer>> server =
      quota != nullptr ? Serve(caller, *quota)
                       : absl::ResourceExhaustedError(
                             absl::StrCat("connections with more than ", kMaxIdentitiesOfUid,
                                          " different group lists of one user"));
  MutexLock lock(&mutex_);
  if (!server.ok()) return RefuseUser(std::move(connection), absl::StrCat(uid), server.status());
  if (stopping_) return;
  (*server)->SetServing(serving_);
  (*server)->Accept(std::move(connection));
  ++users_[uid].identities;
  servers_.emplace(key, *std::move(server));
}

absl::StatusOr<std::unique_ptr<IdentityServer>> IdentityServers::Serve(
    const AnonymousCaller& caller, const grpc::ResourceQuota& quota) {
  absl::StatusOr<CallerToken> token = core_.pipeline->Identify(caller);
  if (!token.ok()) return token.status();
  if (absl::Status may = MayConnect(*token->principal()); !may.ok()) return may;
  LogInfo("first connection of ", token->principal()->ToString());
  std::unique_ptr<IdentityServer> server =
      IdentityServer::Create(core_, *std::move(token), options_, quota);
  if (server == nullptr) return absl::InternalError("gRPC could not make a server");
  return server;
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
  for (const auto& [key, server] : servers_) server->SetServing(serving);
}

void IdentityServers::Shutdown(absl::Duration patience) {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    unresolved_.clear();
  }
  arrived_.NotifyAll();
  if (resolver_.joinable()) resolver_.join();
  std::map<std::string, std::unique_ptr<IdentityServer>> servers;
  std::map<std::string, std::unique_ptr<RefusalServer>> refusals;
  {
    MutexLock lock(&mutex_);
    servers.swap(servers_);
    refusals.swap(refusals_);
  }
  const auto deadline = std::chrono::system_clock::now() + absl::ToChronoMilliseconds(patience);
  for (const auto& [key, server] : servers) server->Shutdown(deadline);
}

}  // namespace proctor
