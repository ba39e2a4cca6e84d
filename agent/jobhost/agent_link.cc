#include "agent/jobhost/agent_link.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/jobhost/spool_name.h"
#include "common/erase_secret.h"
#include "common/log.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

// So many messages are handled before the children get a turn.
constexpr int kTurn = 64;
// Connections that have not said Hello.
constexpr size_t kMaxStrangers = 8;

bool NothingToRead(const absl::Status& status) {
  const absl::optional<OsError> error = GetOsError(status);
  return error.has_value() && (error->code == EAGAIN || error->code == EINTR);
}

}  // namespace

AgentLink::AgentLink(UniqueFd listener, HelloReply about, JobController* controller,
                     LogonDesk* logons, Outbox* outbox, WatchCallback watch)
    : listener_(std::move(listener)),
      about_(std::move(about)),
      controller_(controller),
      logons_(logons),
      outbox_(outbox),
      watch_(std::move(watch)) {
  reserve_.reset(::fcntl(listener_.get(), F_DUPFD_CLOEXEC, 3));
}

void AgentLink::SetListener(UniqueFd listener) {
  listener_ = std::move(listener);
  reserve_.reset(::fcntl(listener_.get(), F_DUPFD_CLOEXEC, 3));
}

void AgentLink::Accept() {
  while (true) {
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd.valid() && (errno == EMFILE || errno == ENFILE) && reserve_.valid()) {
      reserve_.reset();
      continue;
    }
    if (!fd.valid()) break;
    const int number = fd.get();
    auto socket = std::make_shared<const SeqpacketSocket>(std::move(fd));
    const absl::StatusOr<PeerCredentials> peer = socket->Peer();
    if (!peer.ok() || peer->uid != ::geteuid()) {
      const std::string uid = absl::StrCat("uid ", peer.ok() ? peer->uid : -1);
      LogRepeated(LogLevel::kWarning, "refused a connection", uid, "refused a connection of ", uid);
      continue;
    }
    if (strangers_.size() >= kMaxStrangers || !watch_(number).ok()) continue;
    strangers_.emplace(number, std::move(socket));
  }
  if (!reserve_.valid()) reserve_.reset(::fcntl(listener_.get(), F_DUPFD_CLOEXEC, 3));
}

void AgentLink::Read(int fd) {
  if (current_ != nullptr && current_->fd() == fd) {
    if (ReadCurrent(kTurn)) return;
    LogInfo("the agent has gone");
    outbox_->Connect(nullptr);
    current_ = nullptr;
    return;
  }
  ReadFirst(fd);
}

void AgentLink::ReadFirst(int fd) {
  const auto found = strangers_.find(fd);
  if (found == strangers_.end()) return;
  const absl::StatusOr<Datagram> datagram = found->second->Receive();
  if (!datagram.ok() && NothingToRead(datagram.status())) return;
  const SocketPtr socket = std::move(found->second);
  strangers_.erase(found);
  ToHost message;
  if (!datagram.ok() || !message.ParseFromString(datagram->bytes) || !message.has_hello()) return;
  const Hello& hello = message.hello();
  ToAgent answer;
  HelloReply& reply = *answer.mutable_hello_reply();
  reply = about_;
  if (hello.epoch() < epoch_) {
    reply.set_refused(
        absl::StrCat("an agent of epoch ", epoch_, " was here before epoch ", hello.epoch()));
  } else if (hello.protocol_version() < kProtocolVersion) {
    reply.set_refused(absl::StrCat("this host speaks protocol version ", kProtocolVersion,
                                   ", the agent ", hello.protocol_version()));
  }
  if (reply.refused().empty()) {
    Welcome(socket, hello);
    return;
  }
  LogWarning("refused an agent: ", reply.refused());
  socket->Send(answer).IgnoreError();
}

void AgentLink::Welcome(SocketPtr socket, const Hello& hello) {
  if (current_ != nullptr) {
    // What the former agent sent before it died is still to be done, before the new one is told
    // what there is: its messages outlive it.
    ReadCurrent(std::numeric_limits<int>::max());
    outbox_->Connect(nullptr);
  }
  epoch_ = hello.epoch();
  current_ = std::move(socket);
  LogInfo("serving the agent of epoch ", epoch_);
  outbox_->Connect(current_);
  ToAgent answer;
  *answer.mutable_hello_reply() = about_;
  outbox_->Add(std::move(answer));
  controller_->ReportAll();
  ToAgent end;
  end.mutable_inventory_end();
  outbox_->Add(std::move(end));
}

bool AgentLink::ReadCurrent(int limit) {
  for (int i = 0; i < limit; ++i) {
    absl::StatusOr<Datagram> datagram = current_->Receive();
    if (!datagram.ok()) return NothingToRead(datagram.status());
    ToHost message;
    const bool parsed = message.ParseFromString(datagram->bytes);
    if (message.has_logon() || !message.launch().credential_cache().empty()) {
      EraseSecret(&datagram->bytes);
    }
    if (!parsed) {
      LogError("an unreadable message from the agent");
      return false;
    }
    Handle(std::move(message), std::move(datagram->fds));
  }
  return true;
}

void AgentLink::Handle(ToHost message, std::vector<UniqueFd> fds) {
  switch (message.message_case()) {
    case ToHost::kLaunch:
      HandleLaunch(std::move(*message.mutable_launch()), std::move(fds));
      break;
    case ToHost::kKill:
      controller_->Kill(message.kill());
      break;
    case ToHost::kSignal: {
      ToAgent answer;
      *answer.mutable_signal_reply() = controller_->DeliverSignal(message.signal());
      outbox_->Add(std::move(answer));
      break;
    }
    case ToHost::kAcknowledge:
      controller_->Acknowledge(message.acknowledge());
      break;
    case ToHost::kFollowOutput:
      controller_->Follow(message.follow_output());
      break;
    case ToHost::kLogon:
      logons_->Judge(std::move(*message.mutable_logon()));
      break;
    default:
      // A message of a newer agent, or a second Hello.
      break;
  }
}

void AgentLink::HandleLaunch(Launch launch, std::vector<UniqueFd> fds) {
  if (!ValidJobId(launch.job_id())) {
    LogError("a launch with an impossible job id");
    return;
  }
  UniqueFd stdin_fd;
  if (launch.stdin_attached() && !fds.empty()) stdin_fd = std::move(fds[0]);
  controller_->AcceptLaunch(std::move(launch), std::move(stdin_fd));
}

}  // namespace proctor::jobhost
