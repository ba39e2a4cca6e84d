#ifndef PROCTOR_AGENT_LINUX_NAME_HELPER_H_
#define PROCTOR_AGENT_LINUX_NAME_HELPER_H_

#include <sys/types.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/linux/seqpacket_socket.h"
#include "proctor/names/name_helper.pb.h"

namespace proctor {

// The option that makes a name helper of proctord. Not for use by people.
inline constexpr char kNameHelperOption[] = "--name-helper";

// A process that asks the name service, so that a question that hangs is ended with it. It runs as
// the agent's user, and its private socket is its standard input. Move-only; destruction kills it
// and reaps it.
class NameHelper {
 public:
  // `program`: proctord's.
  static absl::StatusOr<NameHelper> Start(const std::string& program);

  NameHelper(NameHelper&& other) noexcept
      : socket_(std::move(other.socket_)), pid_(std::exchange(other.pid_, 0)) {}
  NameHelper& operator=(NameHelper&&) = delete;
  ~NameHelper();

  // Blocks. A failure of its own kind is a part of the answer; UNAVAILABLE when the process has
  // ended instead, DEADLINE_EXCEEDED after `patience`: after either it is of no use any more.
  absl::StatusOr<names::Answer> Ask(const names::Question& question, absl::Duration patience) const;

 private:
  NameHelper(SeqpacketSocket socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}

  SeqpacketSocket socket_;
  pid_t pid_;  // 0: moved from.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_LINUX_NAME_HELPER_H_
