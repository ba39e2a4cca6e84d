#ifndef PROCTOR_AGENT_JOBHOST_AGENT_LINK_H_
#define PROCTOR_AGENT_JOBHOST_AGENT_LINK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "agent/jobhost/job_controller.h"
#include "agent/jobhost/linux/logon_desk.h"
#include "agent/jobhost/outbox.h"
#include "common/linux/seqpacket_socket.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// The connections of proctord: one is served at a time, the one with the highest epoch. Used by the
// supervisor's thread only.
class AgentLink {
 public:
  static constexpr uint32_t kProtocolVersion = 1;

  // Adds and removes descriptors to be watched for reading.
  using WatchCallback = std::function<absl::Status(int fd)>;

  // `about`: what HelloReply says of this host.
  AgentLink(UniqueFd listener, HelloReply about, JobController* controller, LogonDesk* logons,
            Outbox* outbox, WatchCallback watch);

  // The listener is readable.
  void Accept();
  // A connection is readable or at its end.
  void Read(int fd);
  bool connected() const { return current_ != nullptr || !strangers_.empty(); }
  int listener_fd() const { return listener_.get(); }
  // Accepts at this socket from now on. The old one must not be watched any more.
  void SetListener(UniqueFd listener);

 private:
  using SocketPtr = std::shared_ptr<const SeqpacketSocket>;

  void ReadFirst(int fd);
  // Handles what is there, at most `limit` messages. False when the connection has ended.
  bool ReadCurrent(int limit);
  void Welcome(SocketPtr socket, const Hello& hello);
  void Handle(ToHost message, std::vector<UniqueFd> fds);
  void HandleLaunch(Launch launch, std::vector<UniqueFd> fds);

  UniqueFd listener_;
  // Given up when descriptors run out, so that an agent can still connect.
  UniqueFd reserve_;
  const HelloReply about_;
  JobController* const controller_;
  LogonDesk* const logons_;
  Outbox* const outbox_;
  const WatchCallback watch_;
  uint64_t epoch_ = 0;
  SocketPtr current_;
  // Connected, but no Hello yet.
  std::map<int, SocketPtr> strangers_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_AGENT_LINK_H_
