#ifndef PROCTOR_AGENT_JOBHOST_LINUX_PAM_HELPER_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_PAM_HELPER_H_

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/jobhost/linux/vfork_stack.h"
#include "common/linux/seqpacket_socket.h"
#include "common/unique_fd.h"
#include "proctor/jobhost/pam_helper.pb.h"

namespace proctor::jobhost {

// How helpers are started; the same for the host's life.
struct PamHelperProgram {
  std::string path;              // proctor-logon
  std::string config_directory;  // Of PAM service files; empty: where PAM looks for them.
  int null_fd = -1;
  rlimit open_files = {};
  pid_t host_pid = 0;
};

// A proctor-logon: the process that has PAM's modules, so that one that hangs, leaks or crashes is
// not the job host's trouble. It runs as the job host's user with every capability that user gets
// by exec, and has the private socket as its only descriptor. The supervisor reaps it, as it does
// every child; so it is never signalled by its id. Move-only. Destruction closes the connection, on
// which a helper ends by itself.
class PamHelper {
 public:
  static absl::StatusOr<PamHelper> Start(const PamHelperProgram& program, const VforkStack& stack);

  const SeqpacketSocket& socket() const { return socket_; }
  // SIGKILL. Nothing happens when it has ended.
  void Kill() const;

 private:
  PamHelper(SeqpacketSocket socket, UniqueFd pidfd)
      : socket_(std::move(socket)), pidfd_(std::move(pidfd)) {}

  SeqpacketSocket socket_;
  UniqueFd pidfd_;
};

// Blocks until the helper has answered. kDeadlineExceeded after `timeout`, kUnavailable when it
// ended instead.
absl::StatusOr<PamAnswer> AwaitAnswer(const PamHelper& helper, absl::Duration timeout);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_PAM_HELPER_H_
