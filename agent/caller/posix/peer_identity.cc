#include "agent/caller/posix/peer_identity.h"

#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "common/clock.h"
#include "common/os_error.h"

namespace proctor {
namespace {

absl::StatusOr<ucred> PeerCredentials(int socket) {
  ucred credentials;
  socklen_t size = sizeof(credentials);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return OsErrorStatus("getsockopt SO_PEERCRED", errno);
  }
  return credentials;
}

absl::StatusOr<std::vector<gid_t>> PeerGroups(int socket) {
  std::vector<gid_t> groups(64);
  while (true) {
    socklen_t size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    const int result = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
    // With ERANGE the kernel says how much room the list needs.
    if (result != 0 && errno != ERANGE) return OsErrorStatus("getsockopt SO_PEERGROUPS", errno);
    groups.resize(size / sizeof(gid_t));
    if (result == 0) return groups;
  }
}

}  // namespace

absl::StatusOr<uid_t> PeerUid(int socket) {
  const absl::StatusOr<ucred> credentials = PeerCredentials(socket);
  if (!credentials.ok()) return credentials.status();
  return credentials->uid;
}

absl::StatusOr<AnonymousCaller> PeerIdentity(int socket) {
  const absl::Duration begin = Clock::Real()->Monotonic();
  const absl::StatusOr<ucred> credentials = PeerCredentials(socket);
  if (!credentials.ok()) return credentials.status();
  absl::StatusOr<std::vector<gid_t>> groups = PeerGroups(socket);
  if (!groups.ok()) return groups.status();
  AnonymousCaller caller;
  v1::PosixIdentity* identity = caller.credentials.mutable_posix();
  identity->set_uid(credentials->uid);
  identity->set_gid(credentials->gid);
  identity->mutable_groups()->Add(groups->begin(), groups->end());
  caller.authentication.set_mechanism("SO_PEERCRED on a Unix socket");
  caller.authentication.set_level(v1::PRIMARY);
  v1::NetworkCredentials& network = *caller.authentication.mutable_network_credentials();
  network.set_kind(v1::NetworkCredentials::LOCAL_SESSION);
  network.set_reason(
      "what the user's own files hold, such as the default credential cache; the environment of "
      "the caller's session is not the job's");
  caller.call = "getsockopt(SO_PEERCRED, SO_PEERGROUPS)";
  caller.duration = Clock::Real()->Monotonic() - begin;
  return caller;
}

}  // namespace proctor
