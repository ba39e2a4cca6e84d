#include "agent/job/win32/win32_job_host_link.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/job/win32/windows_launch_message.h"
#include "common/clock.h"
#include "common/win32/pipe_peer.h"

namespace proctor {
namespace {

constexpr uint32_t kProtocolVersion = 2;
constexpr absl::Duration kConnectTimeout = absl::Seconds(5);
constexpr absl::Duration kStartTimeout = absl::Seconds(20);
constexpr absl::Duration kHandshakeTimeout = absl::Seconds(30);
constexpr absl::Duration kReconnectPause = absl::Milliseconds(200);
// Between the end of a connection and the end of the process behind it.
constexpr DWORD kDeathPatienceMs = 2000;

std::shared_ptr<const JobHostInfo> InfoOf(const jobhost::HelloReply& reply) {
  auto info = std::make_shared<JobHostInfo>();
  info->life = reply.host_life();
  info->boot_id = reply.boot_id();
  info->containment = static_cast<v1::Containment>(reply.containment());
  info->containment_note = reply.containment_note();
  info->missing_capabilities.assign(reply.missing_capabilities().begin(),
                                    reply.missing_capabilities().end());
  return info;
}

}  // namespace

Win32JobHostLink::Win32JobHostLink(Options options, JobHostListener* listener, Log log)
    : options_(std::move(options)), listener_(listener), log_(std::move(log)) {}

Win32JobHostLink::~Win32JobHostLink() {
  std::shared_ptr<Connection> connection;
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    connection = connection_;
  }
  changed_.NotifyAll();
  if (connection != nullptr) connection->pipe.Close();
  if (thread_.joinable()) thread_.join();
}

absl::Status Win32JobHostLink::Start(absl::Duration timeout) {
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
    changed_.WaitFor(&mutex_, left);
  }
  return absl::OkStatus();
}

void Win32JobHostLink::Loop() {
  while (true) {
    absl::StatusOr<std::shared_ptr<Connection>> connection = Connect();
    MutexLock lock(&mutex_);
    if (stopping_) return;
    if (!connection.ok()) {
      last_error_ = connection.status();
      changed_.NotifyAll();
      log_(absl::StrCat("job host: ", connection.status().message()));
      changed_.WaitFor(&mutex_, kReconnectPause);
      continue;
    }
    while (!(*connection)->ended && !stopping_) changed_.Wait(&mutex_);
    connection_ = nullptr;
    if (stopping_) return;
    mutex_.Unlock();
    AwaitEnd(**connection);
    connection->reset();
    mutex_.Lock();
  }
}

void Win32JobHostLink::AwaitEnd(const Connection& connection) {
  if (::WaitForSingleObject(connection.process.get(), kDeathPatienceMs) == WAIT_OBJECT_0) {
    // Its job objects closed with it, and KILL_ON_JOB_CLOSE ended every tree.
    log_(absl::StrCat("job host ", connection.info->life, " ended, and its trees with it"));
    TakeBackAll();
    listener_->OnHostLost(connection.info->life);
  } else {
    log_("job host: the connection ended, the process did not; connecting again");
  }
}

absl::StatusOr<std::shared_ptr<Win32JobHostLink::Connection>> Win32JobHostLink::Connect() {
  absl::StatusOr<std::shared_ptr<Connection>> connection = Open();
  if (connection.ok() || !options_.program.has_value()) return connection;
  if (absl::Status started = options_.program->Start(kStartTimeout); !started.ok()) return started;
  return Open();
}

absl::StatusOr<std::shared_ptr<Win32JobHostLink::Connection>> Win32JobHostLink::Open() {
  absl::StatusOr<UniqueHandle> pipe = MessagePipe::Connect(options_.pipe, kConnectTimeout);
  if (!pipe.ok()) return pipe.status();
  // Whoever serves the pipe gets tokens: it must be this agent's own account.
  if (absl::Status own = CheckOwnPipe(*pipe); !own.ok()) return own;
  absl::StatusOr<UniqueHandle> process = PipeServerProcess(*pipe);
  if (!process.ok()) return process.status();
  if (absl::Status own = CheckSameUser(*process); !own.ok()) return own;
  auto connection = std::make_shared<Connection>(*std::move(pipe));
  connection->process = *std::move(process);
  if (absl::Status greeted = Handshake(connection); !greeted.ok()) return greeted;
  return connection;
}

// Hello, HelloReply, the inventory.
absl::Status Win32JobHostLink::Handshake(const std::shared_ptr<Connection>& connection) {
  Connection* const raw = connection.get();
  MessagePipe::Callbacks callbacks;
  callbacks.on_message = [this, raw](const std::string& bytes) { OnMessage(raw, bytes); };
  callbacks.on_end = [this, raw](const absl::Status& reason) {
    MutexLock lock(&mutex_);
    raw->ended = true;
    if (!reason.ok()) last_error_ = reason;
    changed_.NotifyAll();
  };
  if (absl::Status started = raw->pipe.Start(std::move(callbacks)); !started.ok()) return started;
  jobhost::ToHost hello;
  hello.mutable_hello()->set_protocol_version(kProtocolVersion);
  hello.mutable_hello()->set_epoch(options_.epoch);
  if (absl::Status sent = raw->pipe.Send(hello.SerializeAsString()); !sent.ok()) return sent;
  const absl::Duration deadline = Clock::Real()->Monotonic() + kHandshakeTimeout;
  MutexLock lock(&mutex_);
  while (!raw->ready && !raw->ended && !stopping_) {
    const absl::Duration left = deadline - Clock::Real()->Monotonic();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError("the job host did not finish its inventory");
    }
    changed_.WaitFor(&mutex_, left);
  }
  if (!raw->ready) {
    return last_error_.ok() ? absl::UnavailableError("the job host ended the connection")
                            : last_error_;
  }
  return absl::OkStatus();
}

// On the pipe's thread. Until the inventory has ended, reports are collected.
void Win32JobHostLink::OnMessage(Connection* connection, const std::string& bytes) {
  jobhost::ToAgent message;
  if (!message.ParseFromString(bytes)) return connection->pipe.Close();
  if (connection->ready) return Dispatch(message);
  if (message.has_hello_reply()) {
    if (message.hello_reply().refused().empty() &&
        message.hello_reply().protocol_version() < kProtocolVersion) {
      message.mutable_hello_reply()->set_refused(
          absl::StrCat("the job host speaks protocol version ",
                       message.hello_reply().protocol_version(), ", this agent ", kProtocolVersion,
                       ": it is of an older release, and ends with its jobs"));
    }
    if (!message.hello_reply().refused().empty()) {
      MutexLock lock(&mutex_);
      last_error_ = absl::FailedPreconditionError(message.hello_reply().refused());
      return connection->pipe.Close();
    }
    connection->info = InfoOf(message.hello_reply());
  } else if (message.has_job_report()) {
    connection->inventory.push_back(std::move(*message.mutable_job_report()));
  } else if (message.has_inventory_end() && connection->info != nullptr) {
    // What was sent over the connection before this one has been read, or never will be.
    TakeBackAll();
    {
      MutexLock lock(&mutex_);
      connection_ = connection->shared_from_this();
    }
    // Here, not on the link's thread: the next message must not overtake it.
    listener_->OnHostReady(*connection->info, connection->inventory);
    connection->inventory.clear();
    MutexLock lock(&mutex_);
    connection->ready = true;
    was_ready_ = true;
    changed_.NotifyAll();
  }
}

void Win32JobHostLink::Dispatch(const jobhost::ToAgent& message) {
  switch (message.message_case()) {
    case jobhost::ToAgent::kJobReport:
      TakeBack(message.job_report().job_id());
      return listener_->OnJobReport(message.job_report());
    case jobhost::ToAgent::kSignalReply:
      return listener_->OnSignalReply(message.signal_reply());
    case jobhost::ToAgent::kOutputProgress:
      return listener_->OnOutputProgress(message.output_progress());
    default:
      return;  // Of a later protocol.
  }
}

std::shared_ptr<Win32JobHostLink::Connection> Win32JobHostLink::Current() const {
  MutexLock lock(&mutex_);
  return connection_;
}

absl::Status Win32JobHostLink::Send(const jobhost::ToHost& message) {
  const std::shared_ptr<Connection> connection = Current();
  if (connection == nullptr) return absl::UnavailableError("the job host is away");
  return connection->pipe.Send(message.SerializeAsString());
}

absl::StatusOr<JobHost::SendLaunch> Win32JobHostLink::PrepareLaunch(const LaunchOrder& order) {
  absl::StatusOr<WindowsLaunchMessage> launch =
      MakeWindowsLaunch(order, options_.scratch_directory);
  if (!launch.ok()) return launch.status();
  return [this, job_id = order.job_id, bytes = launch->message.SerializeAsString(),
          lent = std::move(launch->lent)]() mutable {
    return SendLent(job_id, bytes, std::move(lent));
  };
}

absl::Status Win32JobHostLink::SendLent(const std::string& job_id, const std::string& bytes,
                                        std::vector<UniqueHandle> lent) {
  const std::shared_ptr<Connection> connection = Current();
  if (connection == nullptr) return absl::UnavailableError("the job host is away");
  {
    // Before the message: the host's report may be faster than this thread.
    MutexLock lock(&mutex_);
    lent_[job_id] = std::move(lent);
  }
  absl::Status sent = connection->pipe.Send(bytes);
  if (!sent.ok()) TakeBack(job_id);
  return sent;
}

void Win32JobHostLink::TakeBack(const std::string& job_id) {
  // Closed without the lock.
  std::vector<UniqueHandle> lent;
  MutexLock lock(&mutex_);
  const auto found = lent_.find(job_id);
  if (found == lent_.end()) return;
  lent = std::move(found->second);
  lent_.erase(found);
}

void Win32JobHostLink::TakeBackAll() {
  absl::flat_hash_map<std::string, std::vector<UniqueHandle>> lent;
  MutexLock lock(&mutex_);
  lent.swap(lent_);
}

void Win32JobHostLink::Kill(const std::string& job_id, int signal, absl::Duration grace) {
  jobhost::ToHost message;
  message.mutable_kill()->set_job_id(job_id);
  message.mutable_kill()->set_signal(signal);
  message.mutable_kill()->set_grace_ns(static_cast<uint64_t>(absl::ToInt64Nanoseconds(grace)));
  Send(message).IgnoreError();
}

absl::Status Win32JobHostLink::Signal(uint64_t request, const std::string& job_id, int signal,
                                      v1::SignalRequest::Target target) {
  jobhost::ToHost message;
  message.mutable_signal()->set_request(request);
  message.mutable_signal()->set_job_id(job_id);
  message.mutable_signal()->set_signal(signal);
  message.mutable_signal()->set_target(static_cast<jobhost::Signal::Target>(target));
  return Send(message);
}

void Win32JobHostLink::Acknowledge(const std::string& job_id) {
  jobhost::ToHost message;
  message.mutable_acknowledge()->add_job_ids(job_id);
  Send(message).IgnoreError();
}

void Win32JobHostLink::FollowOutput(const std::string& job_id, bool standard_error,
                                    uint64_t offset) {
  jobhost::ToHost message;
  message.mutable_follow_output()->set_job_id(job_id);
  message.mutable_follow_output()->set_standard_error(standard_error);
  message.mutable_follow_output()->set_offset(offset);
  Send(message).IgnoreError();
}

std::shared_ptr<const JobHostInfo> Win32JobHostLink::info() const {
  const std::shared_ptr<Connection> connection = Current();
  return connection == nullptr ? nullptr : connection->info;
}

}  // namespace proctor
