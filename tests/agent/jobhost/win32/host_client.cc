#include "tests/agent/jobhost/win32/host_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace proctor::jobhost {

absl::StatusOr<std::unique_ptr<HostClient>> HostClient::Connect(const std::string& pipe) {
  absl::StatusOr<UniqueHandle> handle = MessagePipe::Connect(pipe, absl::Seconds(20));
  if (!handle.ok()) return handle.status();
  std::unique_ptr<HostClient> client(new HostClient(*std::move(handle)));
  if (absl::Status listening = client->Listen(); !listening.ok()) return listening;
  return client;
}

absl::StatusOr<std::unique_ptr<HostClient>> HostClient::Attach(const std::string& pipe,
                                                               uint64_t epoch) {
  absl::StatusOr<std::unique_ptr<HostClient>> client = Connect(pipe);
  if (!client.ok()) return client;
  if (absl::Status greeted = (*client)->Hello(epoch); !greeted.ok()) return greeted;
  while (true) {
    const absl::StatusOr<ToAgent> message = (*client)->Next();
    if (!message.ok()) return message.status();
    if (message->has_inventory_end()) return client;
  }
}

absl::Status HostClient::Listen() {
  MessagePipe::Callbacks callbacks;
  callbacks.on_message = [this](std::string message) {
    MutexLock lock(&mutex_);
    received_.push_back(std::move(message));
    changed_.NotifyAll();
  };
  callbacks.on_sent = [this] { changed_.NotifyAll(); };
  callbacks.on_end = [this](const absl::Status&) {
    MutexLock lock(&mutex_);
    ended_ = true;
    changed_.NotifyAll();
  };
  return pipe_.Start(std::move(callbacks));
}

bool HostClient::AwaitSent() {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  MutexLock lock(&mutex_);
  while (pipe_.unsent_bytes() > 0 && absl::Now() < deadline) {
    changed_.WaitFor(&mutex_, absl::Milliseconds(10));
  }
  return pipe_.unsent_bytes() == 0;
}

absl::Status HostClient::Send(const ToHost& message) {
  return pipe_.Send(message.SerializeAsString());
}

absl::Status HostClient::Hello(uint64_t epoch) {
  ToHost message;
  message.mutable_hello()->set_protocol_version(2);
  message.mutable_hello()->set_epoch(epoch);
  return Send(message);
}

absl::Status HostClient::Start(const Launch& launch) {
  ToHost message;
  *message.mutable_launch() = launch;
  return Send(message);
}

absl::Status HostClient::Kill(const std::string& job_id, int signal, absl::Duration grace) {
  ToHost message;
  message.mutable_kill()->set_job_id(job_id);
  message.mutable_kill()->set_signal(signal);
  message.mutable_kill()->set_grace_ns(static_cast<uint64_t>(absl::ToInt64Nanoseconds(grace)));
  return Send(message);
}

absl::Status HostClient::Acknowledge(const std::string& job_id) {
  ToHost message;
  message.mutable_acknowledge()->add_job_ids(job_id);
  return Send(message);
}

absl::Status HostClient::Follow(const std::string& job_id, uint64_t offset) {
  ToHost message;
  message.mutable_follow_output()->set_job_id(job_id);
  message.mutable_follow_output()->set_offset(offset);
  return Send(message);
}

absl::StatusOr<int> HostClient::Signal(const std::string& job_id, int signal,
                                       Signal::Target target) {
  ToHost message;
  message.mutable_signal()->set_request(++signal_requests_);
  message.mutable_signal()->set_job_id(job_id);
  message.mutable_signal()->set_signal(signal);
  message.mutable_signal()->set_target(target);
  if (absl::Status sent = Send(message); !sent.ok()) return sent;
  while (signal_replies_.size() < signal_requests_) {
    const absl::StatusOr<ToAgent> next = Next();
    if (!next.ok()) return next.status();
  }
  const SignalReply& reply = signal_replies_.back();
  if (reply.request() != signal_requests_) return absl::InternalError("a reply to another request");
  return reply.error();
}

absl::StatusOr<ToAgent> HostClient::Next(absl::Duration timeout) {
  std::string bytes;
  {
    const absl::Time deadline = absl::Now() + timeout;
    MutexLock lock(&mutex_);
    while (received_.empty()) {
      const absl::Duration left = deadline - absl::Now();
      if (ended_) return absl::UnavailableError("the connection has ended");
      if (left <= absl::ZeroDuration()) return absl::DeadlineExceededError("no message");
      changed_.WaitFor(&mutex_, left);
    }
    bytes = std::move(received_.front());
    received_.pop_front();
  }
  ToAgent message;
  if (!message.ParseFromString(bytes)) return absl::DataLossError("unreadable");
  if (message.has_hello_reply()) hello_reply_ = message.hello_reply();
  if (message.has_job_report()) reports_[message.job_report().job_id()] = message.job_report();
  if (message.has_output_progress()) progress_.push_back(message.output_progress());
  if (message.has_signal_reply()) signal_replies_.push_back(message.signal_reply());
  return message;
}

absl::StatusOr<JobReport> HostClient::Await(const std::string& job_id,
                                            const std::function<bool(const JobReport&)>& done,
                                            absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    const auto found = reports_.find(job_id);
    if (found != reports_.end() && done(found->second)) return found->second;
    const absl::StatusOr<ToAgent> message = Next(deadline - absl::Now());
    if (message.ok()) continue;
    const std::string last =
        found == reports_.end() ? "no report" : Phase_Name(found->second.phase());
    return absl::Status(message.status().code(),
                        absl::StrCat(message.status().message(), "; last: ", last));
  }
}

absl::StatusOr<JobReport> HostClient::AwaitPhase(const std::string& job_id, Phase phase) {
  return Await(job_id, [phase](const JobReport& report) { return report.phase() == phase; });
}

absl::StatusOr<JobReport> HostClient::AwaitEnd(const std::string& job_id) {
  return Await(job_id, [](const JobReport& report) {
    return report.phase() == FINAL || report.phase() == LAUNCH_FAILED;
  });
}

}  // namespace proctor::jobhost
