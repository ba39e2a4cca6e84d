#include "tests/agent/jobhost/host_client.h"

#include <grp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/os_error.h"

namespace proctor::jobhost {

absl::StatusOr<HostClient> HostClient::Connect(const std::string& socket_path) {
  absl::StatusOr<SeqpacketSocket> socket = SeqpacketSocket::Connect(socket_path);
  if (!socket.ok()) return socket.status();
  return HostClient(*std::move(socket));
}

absl::StatusOr<HostClient> HostClient::Attach(const std::string& socket_path, uint64_t epoch) {
  absl::StatusOr<HostClient> client = Connect(socket_path);
  if (!client.ok()) return client.status();
  const absl::Status greeted = client->Hello(epoch);
  if (!greeted.ok()) return greeted;
  while (true) {
    const absl::StatusOr<ToAgent> message = client->Next();
    if (!message.ok()) return message.status();
    if (message->has_inventory_end()) return client;
  }
}

absl::Status HostClient::Send(const ToHost& message, absl::Span<const int> fds) const {
  return socket_.SendBlocking(message, fds, 20000);
}

absl::Status HostClient::Hello(uint64_t epoch) const {
  ToHost message;
  message.mutable_hello()->set_protocol_version(1);
  message.mutable_hello()->set_epoch(epoch);
  return Send(message);
}

absl::Status HostClient::Start(const Launch& launch, absl::Span<const int> fds) const {
  ToHost message;
  *message.mutable_launch() = launch;
  return Send(message, fds);
}

absl::Status HostClient::Kill(const std::string& job_id, int signal, absl::Duration grace) const {
  ToHost message;
  message.mutable_kill()->set_job_id(job_id);
  message.mutable_kill()->set_signal(signal);
  message.mutable_kill()->set_grace_ns(static_cast<uint64_t>(absl::ToInt64Nanoseconds(grace)));
  return Send(message);
}

absl::Status HostClient::Acknowledge(const std::string& job_id) const {
  ToHost message;
  message.mutable_acknowledge()->add_job_ids(job_id);
  return Send(message);
}

absl::Status HostClient::Signal(const std::string& job_id, int signal, Signal::Target target) {
  ToHost message;
  message.mutable_signal()->set_request(++signal_requests_);
  message.mutable_signal()->set_job_id(job_id);
  message.mutable_signal()->set_signal(signal);
  message.mutable_signal()->set_target(target);
  const absl::Status sent = Send(message);
  if (!sent.ok()) return sent;
  while (signal_replies_.size() < signal_requests_) {
    const absl::StatusOr<ToAgent> next = Next();
    if (!next.ok()) return next.status();
  }
  const SignalReply& reply = signal_replies_.back();
  if (reply.request() != signal_requests_) return absl::InternalError("a reply to another request");
  return reply.error() == 0 ? absl::OkStatus() : OsErrorStatus(reply.call(), reply.error());
}

absl::StatusOr<ToAgent> HostClient::Next(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    const absl::StatusOr<Datagram> datagram = socket_.Receive();
    if (datagram.ok()) {
      ToAgent message;
      if (!message.ParseFromString(datagram->bytes)) return absl::DataLossError("unreadable");
      if (message.has_hello_reply()) hello_reply_ = message.hello_reply();
      if (message.has_job_report()) {
        reports_[message.job_report().job_id()] = message.job_report();
        history_.push_back(message.job_report());
      }
      if (message.has_output_progress()) progress_.push_back(message.output_progress());
      if (message.has_signal_reply()) signal_replies_.push_back(message.signal_reply());
      return message;
    }
    const absl::optional<OsError> error = GetOsError(datagram.status());
    if (!error.has_value() || error->code != EAGAIN) return datagram.status();
    const int64_t left_ms = absl::ToInt64Milliseconds(deadline - absl::Now());
    pollfd readable = {socket_.fd(), POLLIN, 0};
    if (left_ms <= 0 || ::poll(&readable, 1, static_cast<int>(left_ms)) == 0) {
      return absl::DeadlineExceededError("nothing came from the host");
    }
  }
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

absl::StatusOr<JobReport> HostClient::AwaitPhase(const std::string& job_id, Phase phase,
                                                 absl::Duration timeout) {
  return Await(
      job_id, [phase](const JobReport& report) { return report.phase() == phase; }, timeout);
}

absl::StatusOr<JobReport> HostClient::AwaitEnd(const std::string& job_id, absl::Duration timeout) {
  return Await(
      job_id,
      [](const JobReport& report) {
        return report.phase() == FINAL || report.phase() == LAUNCH_FAILED;
      },
      timeout);
}

Launch MakeLaunch(const std::string& job_id, const std::vector<std::string>& argv) {
  Launch launch;
  launch.set_job_id(job_id);
  launch.set_uid(::getuid());
  launch.set_gid(::getgid());
  gid_t groups[1024];
  const int count = ::getgroups(1024, groups);
  for (int i = 0; i < count; ++i) launch.add_groups(groups[i]);
  launch.set_change_identity(::getuid() == 0);
  launch.add_executable_candidates(argv[0]);
  for (const std::string& argument : argv) launch.add_argv(argument);
  launch.add_environment("PATH=/usr/bin:/bin");
  launch.add_environment(absl::StrCat("PROCTOR_JOB_ID=", job_id));
  launch.set_working_directory("/");
  launch.set_umask(022);
  launch.set_kill_signal(15);
  launch.set_grace_ns(5000000000);
  return launch;
}

Launch MakeShell(const std::string& job_id, const std::string& script) {
  return MakeLaunch(job_id, {"/bin/sh", "-c", script});
}

void Spool(Launch* launch, uint64_t limit_bytes) {
  for (Output* output : {launch->mutable_standard_output(), launch->mutable_standard_error()}) {
    output->set_kind(Output::SPOOL);
    output->set_limit_bytes(limit_bytes);
  }
}

}  // namespace proctor::jobhost
