#include "agent/job/linux/job_host_link.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/job/linux/cgroup_sweep.h"
#include "agent/job/linux/launch_message.h"
#include "common/clock.h"
#include "common/erase_secret.h"
#include "common/os_error.h"

namespace proctor {
namespace {

constexpr uint32_t kProtocolVersion = 1;
constexpr absl::Duration kStartTimeout = absl::Seconds(10);
constexpr absl::Duration kHandshakeTimeout = absl::Seconds(30);
constexpr absl::Duration kSweepTimeout = absl::Seconds(30);
// Between the end of a connection and the end of the process behind it.
constexpr absl::Duration kDeathPatience = absl::Seconds(2);
constexpr int kReconnectMs = 200;
// Acknowledgements only let the host forget: they wait for others.
constexpr size_t kAcknowledgeBatch = 64;
constexpr int kAcknowledgeDelayMs = 20;

bool IsFull(const absl::Status& status) {
  const absl::optional<OsError> error = GetOsError(status);
  return error.has_value() && error->code == EAGAIN;
}

// Sleeps at most `milliseconds`; a readable `fd` ends it.
void Await(int fd, short events, int milliseconds) {
  pollfd wait = {fd, events, 0};
  ::poll(&wait, 1, milliseconds);
}

void EraseSecrets(jobhost::ToHost* message) {
  if (message->has_logon()) EraseSecret(message->mutable_logon()->mutable_password());
  if (message->has_launch()) EraseSecret(message->mutable_launch()->mutable_credential_cache());
}

JobHostInfo InfoOf(const jobhost::HelloReply& reply) {
  JobHostInfo info;
  info.life = reply.host_life();
  info.boot_id = reply.boot_id();
  info.containment = static_cast<v1::Containment>(reply.containment());
  info.containment_note = reply.containment_note();
  info.missing_capabilities.assign(reply.missing_capabilities().begin(),
                                   reply.missing_capabilities().end());
  return info;
}

}  // namespace

JobHostLink::JobHostLink(Options options, JobHostListener* listener, Log log)
    : options_(std::move(options)),
      listener_(listener),
      log_(std::move(log)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      last_logon_(options_.epoch << 32) {}

JobHostLink::~JobHostLink() {
  stopping_ = true;
  Wake();
  if (thread_.joinable()) thread_.join();
  FailLogons();
}

absl::Status JobHostLink::Start(absl::Duration timeout) {
  if (!wake_.valid()) return absl::InternalError("eventfd could not be made");
  thread_ = std::thread([this] { Loop(); });
  const absl::Duration deadline = Clock::Real()->Monotonic() + timeout;
  MutexLock lock(&mutex_);
  while (!was_ready_) {
    const absl::Duration left = deadline - Clock::Real()->Monotonic();
    // What cannot be right at the next attempt either, and what had its time.
    if (absl::IsInvalidArgument(last_error_)) return last_error_;
    if (left <= absl::ZeroDuration()) {
      return last_error_.ok() ? absl::DeadlineExceededError("the job host did not answer")
                              : last_error_;
    }
    ready_.WaitFor(&mutex_, left);
  }
  return absl::OkStatus();
}

void JobHostLink::Wake() {
  const uint64_t one = 1;
  // A full counter wakes as well as one more would.
  [[maybe_unused]] const ssize_t ignored = ::write(wake_.get(), &one, sizeof(one));
}

void JobHostLink::Loop() {
  while (!stopping_) {
    absl::StatusOr<std::unique_ptr<Connection>> connection = Connect();
    if (!connection.ok()) {
      log_(absl::StrCat("job host: ", connection.status().message()));
      {
        MutexLock lock(&mutex_);
        last_error_ = connection.status();
        ready_.NotifyAll();
      }
      Await(wake_.get(), POLLIN, kReconnectMs);
      continue;
    }
    Serve(connection->get());
    if (stopping_) return;
    if (HostEnded(**connection, kDeathPatience)) {
      Bury(**connection);
    } else {
      log_("job host: the connection ended, the process did not; connecting again");
    }
  }
}

absl::StatusOr<std::unique_ptr<JobHostLink::Connection>> JobHostLink::Connect() {
  absl::StatusOr<std::unique_ptr<Connection>> connection = Open();
  if (connection.ok() || !options_.program.has_value()) return connection;
  if (absl::Status started = options_.program->Start(kStartTimeout); !started.ok()) return started;
  return Open();
}

absl::StatusOr<std::unique_ptr<JobHostLink::Connection>> JobHostLink::Open() {
  absl::StatusOr<SeqpacketSocket> socket = SeqpacketSocket::Connect(options_.socket);
  if (!socket.ok()) return socket.status();
  auto connection = std::make_unique<Connection>(*std::move(socket));
  absl::StatusOr<PeerCredentials> peer = connection->socket.Peer();
  if (!peer.ok()) return peer.status();
  if (peer->uid != ::geteuid()) {
    return absl::PermissionDeniedError(absl::StrCat(options_.socket, " belongs to uid ", peer->uid,
                                                    ", not to a job host of this agent"));
  }
  connection->pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, peer->pid, 0)));
  if (!connection->pidfd.valid()) return OsErrorStatus("pidfd_open", errno);
  if (absl::Status greeted = Handshake(connection.get()); !greeted.ok()) return greeted;
  return connection;
}

// Hello, HelloReply, the inventory. The pidfd was opened from a pid: that the connection still
// answers afterwards proves that it names the process at its other end and not a later one.
absl::Status JobHostLink::Handshake(Connection* connection) {
  jobhost::ToHost hello;
  hello.mutable_hello()->set_protocol_version(kProtocolVersion);
  hello.mutable_hello()->set_epoch(options_.epoch);
  if (absl::Status sent = connection->socket.Send(hello); !sent.ok()) return sent;
  std::vector<jobhost::JobReport> inventory;
  const absl::Duration deadline = Clock::Real()->Monotonic() + kHandshakeTimeout;
  while (true) {
    absl::StatusOr<Datagram> datagram = connection->socket.Receive();
    if (IsFull(datagram.status())) {
      if (Clock::Real()->Monotonic() > deadline || stopping_) {
        return absl::DeadlineExceededError("the job host did not finish its inventory");
      }
      Await(connection->socket.fd(), POLLIN, 100);
      continue;
    }
    if (!datagram.ok()) return datagram.status();
    jobhost::ToAgent message;
    if (!message.ParseFromString(datagram->bytes)) return absl::DataLossError("bad message");
    if (message.has_hello_reply()) {
      const jobhost::HelloReply& reply = message.hello_reply();
      if (!reply.refused().empty()) return absl::FailedPreconditionError(reply.refused());
      connection->info = InfoOf(reply);
      connection->cgroup_root = reply.cgroup_root();
    } else if (message.has_job_report()) {
      inventory.push_back(std::move(*message.mutable_job_report()));
    } else if (message.has_inventory_end()) {
      break;
    }
  }
  {
    MutexLock lock(&mutex_);
    connection_ = connection;
    info_ = std::make_shared<const JobHostInfo>(connection->info);
  }
  listener_->OnHostReady(connection->info, inventory);
  MutexLock lock(&mutex_);
  was_ready_ = true;
  ready_.NotifyAll();
  return absl::OkStatus();
}

void JobHostLink::Serve(Connection* connection) {
  while (!stopping_ && ReceiveAll(connection)) {
    {
      MutexLock lock(&mutex_);
      if (!FlushQueue(connection->socket).ok()) break;
    }
    AwaitEvents(*connection);
  }
  {
    MutexLock lock(&mutex_);
    connection_ = nullptr;
    info_.reset();
    for (Outgoing& outgoing : queue_) EraseSecrets(&outgoing.message);
    queue_.clear();
    acknowledged_.clear();  // The next inventory brings those jobs again.
  }
  FailLogons();
}

bool JobHostLink::ReceiveAll(Connection* connection) {
  while (!stopping_) {
    absl::StatusOr<Datagram> datagram = connection->socket.Receive();
    if (IsFull(datagram.status())) return true;
    if (!datagram.ok()) return false;
    jobhost::ToAgent message;
    if (!message.ParseFromString(datagram->bytes)) return false;
    Dispatch(message);
  }
  return false;
}

void JobHostLink::Dispatch(const jobhost::ToAgent& message) {
  switch (message.message_case()) {
    case jobhost::ToAgent::kJobReport:
      return listener_->OnJobReport(message.job_report());
    case jobhost::ToAgent::kSignalReply:
      return listener_->OnSignalReply(message.signal_reply());
    case jobhost::ToAgent::kOutputProgress:
      return listener_->OnOutputProgress(message.output_progress());
    case jobhost::ToAgent::kLogonReply:
      return AnswerLogon(message.logon_reply());
    default:
      return;  // Of a later protocol.
  }
}

void JobHostLink::AwaitEvents(const Connection& connection) {
  short events = POLLIN;
  int timeout = -1;
  {
    MutexLock lock(&mutex_);
    if (!queue_.empty()) events |= POLLOUT;
    if (!acknowledged_.empty()) timeout = kAcknowledgeDelayMs;
  }
  pollfd wait[2] = {{connection.socket.fd(), events, 0}, {wake_.get(), POLLIN, 0}};
  if (::poll(wait, 2, timeout) == 0) {
    MutexLock lock(&mutex_);
    QueueAcknowledgements();
  }
  uint64_t counter;
  [[maybe_unused]] const ssize_t ignored = ::read(wake_.get(), &counter, sizeof(counter));
}

bool JobHostLink::HostEnded(const Connection& connection, absl::Duration patience) {
  const absl::Duration deadline = Clock::Real()->Monotonic() + patience;
  pollfd wait = {connection.pidfd.get(), POLLIN, 0};
  while (!stopping_ && Clock::Real()->Monotonic() < deadline) {
    if (::poll(&wait, 1, 50) == 1) {
      // Ours to reap if we started it; otherwise ECHILD, and somebody else's.
      siginfo_t info;
      ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(connection.pidfd.get()), &info,
               WEXITED | WNOHANG);
      return true;
    }
  }
  return false;
}

// The host's trees die with it: nobody else could answer for them any more.
void JobHostLink::Bury(const Connection& connection) {
  log_(absl::StrCat("job host ", connection.info.life, " ended; killing its trees"));
  if (!connection.cgroup_root.empty()) {
    if (absl::Status swept = SweepCgroups(connection.cgroup_root, kSweepTimeout); !swept.ok()) {
      log_(absl::StrCat("job host: trees that did not die: ", swept.message()));
    }
  }
  listener_->OnHostLost(connection.info.life);
}

absl::Status JobHostLink::Send(jobhost::ToHost message, std::vector<UniqueFd> fds) {
  MutexLock lock(&mutex_);
  return SendLocked(std::move(message), std::move(fds));
}

absl::Status JobHostLink::SendLocked(jobhost::ToHost message, std::vector<UniqueFd> fds) {
  if (connection_ == nullptr) {
    EraseSecrets(&message);
    return absl::UnavailableError("the job host is away");
  }
  const bool idle = queue_.empty();
  queue_.push_back(Outgoing{std::move(message), std::move(fds)});
  if (!idle) return absl::OkStatus();
  absl::Status flushed = FlushQueue(connection_->socket);
  if (!queue_.empty()) Wake();  // The thread sends the rest, or notices the end.
  return flushed;
}

absl::Status JobHostLink::FlushQueue(const SeqpacketSocket& socket) {
  while (!queue_.empty()) {
    std::vector<int> fds;
    for (const UniqueFd& fd : queue_.front().fds) fds.push_back(fd.get());
    jobhost::ToHost& message = queue_.front().message;
    const absl::Status sent = socket.Send(message, fds);
    if (IsFull(sent)) return absl::OkStatus();
    EraseSecrets(&message);
    queue_.pop_front();
    if (!sent.ok()) return sent;
  }
  return absl::OkStatus();
}

absl::StatusOr<JobHost::SendLaunch> JobHostLink::PrepareLaunch(const LaunchOrder& order) {
  struct Prepared {
    Prepared() = default;
    Prepared(Prepared&&) = default;
    ~Prepared() { EraseSecrets(&message); }  // Of one that is never sent.
    jobhost::ToHost message;
    std::vector<UniqueFd> fds;
  };
  Prepared prepared;
  *prepared.message.mutable_launch() = BuildLaunchMessage(order);
  if (prepared.message.launch().stdin_attached()) {
    absl::StatusOr<UniqueFd> input = StdinDescriptor(order.spec.standard_input().data());
    if (!input.ok()) return input.status();
    prepared.fds.push_back(*std::move(input));
  }
  return [this, prepared = std::move(prepared)]() mutable {
    return Send(std::move(prepared.message), std::move(prepared.fds));
  };
}

void JobHostLink::Kill(const std::string& job_id, int signal, absl::Duration grace) {
  jobhost::ToHost message;
  message.mutable_kill()->set_job_id(job_id);
  message.mutable_kill()->set_signal(signal);
  message.mutable_kill()->set_grace_ns(static_cast<uint64_t>(absl::ToInt64Nanoseconds(grace)));
  Send(std::move(message)).IgnoreError();
}

absl::Status JobHostLink::Signal(uint64_t request, const std::string& job_id, int signal,
                                 v1::SignalRequest::Target target) {
  jobhost::ToHost message;
  message.mutable_signal()->set_request(request);
  message.mutable_signal()->set_job_id(job_id);
  message.mutable_signal()->set_signal(signal);
  message.mutable_signal()->set_target(static_cast<jobhost::Signal::Target>(target));
  return Send(std::move(message));
}

void JobHostLink::Acknowledge(const std::string& job_id) {
  MutexLock lock(&mutex_);
  if (connection_ == nullptr) return;
  acknowledged_.push_back(job_id);
  if (acknowledged_.size() == 1) Wake();  // So that the thread's next wait has an end.
  if (acknowledged_.size() >= kAcknowledgeBatch) QueueAcknowledgements();
}

void JobHostLink::QueueAcknowledgements() {
  jobhost::ToHost message;
  for (std::string& id : acknowledged_) message.mutable_acknowledge()->add_job_ids(std::move(id));
  acknowledged_.clear();
  SendLocked(std::move(message), {}).IgnoreError();
}

void JobHostLink::FollowOutput(const std::string& job_id, bool standard_error, uint64_t offset) {
  jobhost::ToHost message;
  message.mutable_follow_output()->set_job_id(job_id);
  message.mutable_follow_output()->set_standard_error(standard_error);
  message.mutable_follow_output()->set_offset(offset);
  Send(std::move(message)).IgnoreError();
}

void JobHostLink::Logon(jobhost::Logon logon, const LogonDone& done) {
  jobhost::ToHost message;
  absl::Status sent;
  {
    MutexLock lock(&mutex_);
    const uint64_t request = ++last_logon_;
    logon.set_request(request);
    message.mutable_logon()->Swap(&logon);
    sent =
        connection_ == nullptr ? absl::UnavailableError("the job host is away") : absl::OkStatus();
    if (sent.ok()) {
      logons_.emplace(request, done);
      // Should it not arrive, the connection ends, and FailLogons answers.
      SendLocked(std::move(message), {}).IgnoreError();
      return;
    }
  }
  EraseSecrets(&message);
  done(sent);
}

void JobHostLink::AnswerLogon(const jobhost::LogonReply& reply) {
  LogonDone done;
  {
    MutexLock lock(&mutex_);
    const auto found = logons_.find(reply.request());
    if (found == logons_.end()) return;  // Another agent's.
    done = std::move(found->second);
    logons_.erase(found);
  }
  done(reply);
}

void JobHostLink::FailLogons() {
  absl::flat_hash_map<uint64_t, LogonDone> logons;
  {
    MutexLock lock(&mutex_);
    logons.swap(logons_);
  }
  for (const auto& [request, done] : logons) {
    done(absl::UnavailableError("the job host went away"));
  }
}

void JobHostLink::RenewSocket() {
  MutexLock lock(&mutex_);
  if (connection_ == nullptr) return;
  ::syscall(SYS_pidfd_send_signal, connection_->pidfd.get(), SIGHUP, nullptr, 0);
}

std::shared_ptr<const JobHostInfo> JobHostLink::info() const {
  MutexLock lock(&mutex_);
  return info_;
}

}  // namespace proctor
