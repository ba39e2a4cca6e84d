#include "agent/jobhost/win32/agent_link.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/jobhost/spool_name.h"
#include "common/log.h"
#include "common/win32/last_error.h"
#include "common/win32/pipe_peer.h"

namespace proctor::jobhost {
namespace {

// Connections, of which one is served.
constexpr size_t kMaxConnections = 9;

// An agent that has died took its handles along; one that lives holds them until it is told of the
// job.
absl::Status TakeHandles(const UniqueHandle& agent, LaunchOrder* order) {
  const WindowsLaunch& windows = order->launch.windows();
  const std::pair<uint64_t, UniqueHandle*> handles[] = {
      {windows.token_handle(), &order->token},
      {windows.program_handle(), &order->program},
      {windows.directory_handle(), &order->directory},
      {windows.stdin_handle(), &order->standard_input},
      {windows.stdout_handle(), &order->standard_output},
      {windows.stderr_handle(), &order->standard_error}};
  for (const auto& [value, handle] : handles) {
    if (value == 0) continue;
    if (!::DuplicateHandle(agent.get(), reinterpret_cast<HANDLE>(static_cast<uintptr_t>(value)),
                           ::GetCurrentProcess(), handle->receive(), 0, FALSE,
                           DUPLICATE_SAME_ACCESS)) {
      return LastErrorStatus("DuplicateHandle", "out of the agent");
    }
  }
  return absl::OkStatus();
}

}  // namespace

AgentLink::AgentLink(std::unique_ptr<PipeListener> listener, HelloReply about,
                     JobController* controller, Outbox* outbox, std::function<void()> changed)
    : listener_(std::move(listener)),
      about_(std::move(about)),
      controller_(controller),
      outbox_(outbox),
      changed_(std::move(changed)) {}

AgentLink::~AgentLink() {
  listener_->Stop();
  if (acceptor_.joinable()) acceptor_.join();
  std::vector<PipePtr> pipes;
  {
    MutexLock no_greeting(&greeting_);
    MutexLock lock(&mutex_);
    closing_ = true;
    outbox_->Connect(nullptr);
    for (const ConnectionPtr& connection : connections_) {
      pipes.push_back(std::move(connection->pipe));
    }
    connections_.clear();
    current_ = nullptr;
  }
  for (const PipePtr& pipe : pipes) pipe->Close();
}

void AgentLink::Start() {
  acceptor_ = std::thread([this] { AcceptAll(); });
}

void AgentLink::AcceptAll() {
  while (true) {
    absl::StatusOr<UniqueHandle> pipe = listener_->Accept();
    if (absl::IsCancelled(pipe.status())) return;
    if (!pipe.ok()) {
      LogWarning("cannot accept a connection: ", pipe.status().ToString());
      ::Sleep(100);  // Nothing tells when handles or memory are there again.
      continue;
    }
    Adopt(*std::move(pipe));
  }
}

void AgentLink::Adopt(UniqueHandle pipe) {
  absl::StatusOr<UniqueHandle> client = PipeClientProcess(pipe, PROCESS_DUP_HANDLE);
  const absl::Status trusted = client.ok() ? CheckSameUser(*client) : client.status();
  if (!trusted.ok()) {
    LogWarning("refused a connection: ", trusted.ToString());
    return;
  }
  const auto connection = std::make_shared<Connection>();
  connection->agent = *std::move(client);
  // Not through the connection: that may be reaped as soon as its thread runs.
  const auto messages = std::make_shared<MessagePipe>(std::move(pipe));
  {
    MutexLock lock(&mutex_);
    connection->pipe = messages;
    if (connections_.size() >= kMaxConnections) return;
    connections_.insert(connection);
  }
  MessagePipe::Callbacks callbacks;
  callbacks.on_message = [this, connection](const std::string& bytes) {
    Received(connection, bytes);
  };
  callbacks.on_sent = [this] { outbox_->Flush(); };
  callbacks.on_end = [this, connection](const absl::Status& reason) { Ended(connection, reason); };
  const absl::Status started = messages->Start(std::move(callbacks));
  if (!started.ok()) Ended(connection, started);
}

void AgentLink::Received(const ConnectionPtr& connection, const std::string& bytes) {
  ToHost message;
  if (!message.ParseFromString(bytes)) {
    LogError("an unreadable message from the agent");
    Drop(connection);
    return;
  }
  if (connection->greeted) {
    Handle(*connection, std::move(message));
  } else if (message.has_hello()) {
    Greet(connection, message.hello());
  } else {
    Drop(connection);
  }
  outbox_->Flush();
  changed_();
}

void AgentLink::Drop(const ConnectionPtr& connection) {
  MutexLock lock(&mutex_);
  if (connection->pipe != nullptr) connection->pipe->Close();
}

void AgentLink::Ended(const ConnectionPtr& connection, const absl::Status& reason) {
  {
    MutexLock lock(&mutex_);
    connection->ended = true;
    if (current_ == connection) {
      LogInfo("the agent has gone: ", reason.ToString());
      outbox_->Connect(nullptr);
      current_ = nullptr;
    }
  }
  changed_();
}

void AgentLink::Greet(const ConnectionPtr& connection, const Hello& hello) {
  MutexLock one_at_a_time(&greeting_);
  ToAgent answer;
  HelloReply& reply = *answer.mutable_hello_reply();
  reply = about_;
  PipePtr former;
  {
    MutexLock lock(&mutex_);
    if (closing_) return;
    if (hello.epoch() < epoch_) {
      reply.set_refused(
          absl::StrCat("an agent of epoch ", epoch_, " was here before epoch ", hello.epoch()));
    } else if (hello.protocol_version() < kProtocolVersion) {
      reply.set_refused(absl::StrCat("this host speaks protocol version ", kProtocolVersion,
                                     ", the agent ", hello.protocol_version()));
    } else {
      epoch_ = hello.epoch();
      if (current_ != nullptr) former = current_->pipe;
      current_ = nullptr;
    }
  }
  if (!reply.refused().empty()) {
    LogWarning("refused an agent: ", reply.refused());
    connection->pipe->Send(answer.SerializeAsString()).IgnoreError();
    // Stays a stranger; the agent closes when it has read that.
    return;
  }
  // What the former agent sent before it died is still to be done, before the new one is told what
  // there is: its messages outlive it.
  if (former != nullptr) former->DrainAndClose();
  Welcome(connection);
}

void AgentLink::Welcome(const ConnectionPtr& connection) {
  connection->greeted = true;
  outbox_->Connect(connection->pipe);
  {
    MutexLock lock(&mutex_);
    current_ = connection;
    LogInfo("serving the agent of epoch ", epoch_);
  }
  ToAgent answer;
  *answer.mutable_hello_reply() = about_;
  outbox_->Add(std::move(answer));
  controller_->ReportAll();
  ToAgent end;
  end.mutable_inventory_end();
  outbox_->Add(std::move(end));
}

void AgentLink::Handle(const Connection& connection, ToHost message) {
  switch (message.message_case()) {
    case ToHost::kLaunch:
      HandleLaunch(connection, std::move(*message.mutable_launch()));
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
    default:
      // A message of a newer agent, or a second Hello.
      break;
  }
}

void AgentLink::HandleLaunch(const Connection& connection, Launch launch) {
  if (!ValidJobId(launch.job_id())) {
    LogError("a launch with an impossible job id");
    return;
  }
  auto order = std::make_unique<LaunchOrder>();
  order->launch = std::move(launch);
  order->taken = TakeHandles(connection.agent, order.get());
  controller_->AcceptLaunch(std::move(order));
}

void AgentLink::Reap() {
  // Freed without the lock. Their callbacks hold the connections, which go with them.
  std::vector<PipePtr> ended;
  MutexLock lock(&mutex_);
  for (auto it = connections_.begin(); it != connections_.end();) {
    if ((*it)->ended) {
      ended.push_back(std::move((*it)->pipe));
      it = connections_.erase(it);
    } else {
      ++it;
    }
  }
}

bool AgentLink::connected() {
  MutexLock lock(&mutex_);
  return !connections_.empty();
}

}  // namespace proctor::jobhost
