#ifndef PROCTOR_AGENT_RPC_IDENTITY_SERVERS_H_
#define PROCTOR_AGENT_RPC_IDENTITY_SERVERS_H_

#include <grpcpp/resource_quota.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/identity_server.h"
#include "agent/rpc/refusal_server.h"
#include "agent/token/anonymous_caller.h"
#include "agent/token/caller_token.h"
#include "common/mutex.h"
#include "common/token_bucket.h"
#include "common/unique_fd.h"
#include "common/user_workers.h"

namespace proctor {

// Hands each connection to the server of its identity, which is made on first use, on a thread of
// its own. A new identity is looked up in the name service before, on one of several others: a
// directory that does not answer holds up only those whom nobody has seen yet and it has to know.
// Thread-safe.
class IdentityServers {
 public:
  // How many identities are served at once. For one more, another goes whose user has neither a
  // connection nor a call, the one that was connected the longest ago first.
  struct Bounds {
    // When none can go there is one more: accounts are not had for nothing.
    size_t named = 1024;
    // Of users that have no account, of which somebody with subuid(5) has 65536: when none can go
    // no other one is served.
    size_t nameless = 256;
  };

  IdentityServers(const AgentCore& core, IdentityServer::Options options, Bounds bounds);
  ~IdentityServers();
  IdentityServers(const IdentityServers&) = delete;
  IdentityServers& operator=(const IdentityServers&) = delete;

  void Accept(UniqueFd connection, AnonymousCaller caller);
  // Answers every call on `connection` with `reason`, which the caller has logged; closes it when
  // too many are being answered so.
  void Refuse(UniqueFd connection, const absl::Status& reason);
  // Health of every server, also of those made later.
  void SetServing(bool serving);
  // Takes no connection any more and ends all calls within `patience`. False: a thread waits for a
  // directory still, and would use the core's pipeline, which must live until the process ends.
  bool Shutdown(absl::Duration patience);
  // Identities that have a server.
  size_t size() const;

 private:
  // PERMISSION_DENIED when policy does not let the caller connect.
  absl::Status MayConnect(const Principal& caller) const;
  void RefuseUser(UniqueFd connection, const std::string& user, const absl::Status& reason)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RefuseLocked(UniqueFd connection, const absl::Status& reason)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ServeLoop();
  // Has the caller looked up, and gives the connection to the thread.
  void LookUp(UniqueFd connection, AnonymousCaller caller);
  struct Identity {
    std::unique_ptr<IdentityServer> server;
    uint32_t uid = 0;
    bool named = false;
    absl::Duration connected;  // The last time, by the monotonic clock.
  };
  absl::Status CountIdentities(uint32_t uid) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A connection, and who its caller is, or why nobody knows.
  struct Newcomer {
    UniqueFd connection;
    v1::Principal credentials;
    absl::StatusOr<CallerToken> token;
  };
  void Receive(Newcomer newcomer);
  void Admit(Newcomer newcomer);
  absl::StatusOr<Identity> Serve(absl::StatusOr<CallerToken> token, uint32_t uid);
  // Null when there is no room.
  const grpc::ResourceQuota* QuotaOf(const Identity& newcomer);
  // The identity that goes for another such one; end() when none can.
  using Identities = std::map<std::string, Identity>;
  Identities::iterator LeastUsed(bool named) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // If the user has no identity any more.
  void ForgetUser(uint32_t uid) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const AgentCore& core_;
  const IdentityServer::Options options_;
  const Bounds bounds_;

  mutable Mutex mutex_;
  CondVar arrived_;
  bool serving_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // By uid, gid and groups: any difference is another identity.
  Identities identities_ ABSL_GUARDED_BY(mutex_);
  struct User {
    int identities = 0;
    // What gRPC may hold of the requests that come over all the user's connections.
    std::unique_ptr<grpc::ResourceQuota> quota;
  };
  std::map<uint32_t, User> users_ ABSL_GUARDED_BY(mutex_);  // By uid.
  std::deque<Newcomer> newcomers_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::unique_ptr<RefusalServer>> refusals_ ABSL_GUARDED_BY(mutex_);
  TokenBucket explanations_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
  UserWorkers lookups_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_IDENTITY_SERVERS_H_
