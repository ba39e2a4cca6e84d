#include "agent/logon/pam_service.h"

#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/time/clock.h"
#include "agent/logon/pam_transaction.h"
#include "agent/logon/process_deadline.h"
#include "common/erase_secret.h"
#include "common/os_error.h"
#include "common/utf8.h"

namespace proctor::logon {
namespace {

// The job host's own limits are shorter: it kills by pidfd. These hold when it has gone.
constexpr absl::Duration kOpenTime = absl::Seconds(60);
constexpr absl::Duration kCloseTime = absl::Seconds(60);
constexpr absl::Duration kMaxFailDelay = absl::Seconds(4);
// The job host takes an answer at once, or it has gone.
constexpr int kSendMs = 1000;

using Limits = std::array<rlimit, RLIM_NLIMITS>;

Limits CurrentLimits() {
  Limits limits = {};
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    ::getrlimit(static_cast<__rlimit_resource_t>(resource), &limits[resource]);
  }
  return limits;
}

void FillChangedLimits(const Limits& before, jobhost::PamAnswer* answer) {
  const Limits after = CurrentLimits();
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    const rlimit& now = after[resource];
    if (now.rlim_cur == before[resource].rlim_cur && now.rlim_max == before[resource].rlim_max) {
      continue;
    }
    jobhost::PamLimit* limit = answer->add_limits();
    limit->set_resource(resource);
    limit->set_soft(now.rlim_cur);
    limit->set_hard(now.rlim_max);
  }
}

void FillResult(const PamOutcome& outcome, jobhost::LogonReply* result) {
  result->set_pam_result(outcome.code);
  result->set_call(outcome.call);
  result->set_detail(EscapeInvalidUtf8(outcome.text));
}

// Waits until there is something to read, or the other end has gone.
absl::StatusOr<Datagram> Receive(const SeqpacketSocket& socket) {
  while (true) {
    absl::StatusOr<Datagram> datagram = socket.Receive();
    const absl::optional<OsError> error = GetOsError(datagram.status());
    if (!error.has_value() || error->code != EAGAIN) return datagram;
    pollfd readable = {socket.fd(), POLLIN, 0};
    ::poll(&readable, 1, -1);
  }
}

PamOutcome Judge(const std::string& config_directory, jobhost::Logon* logon,
                 PamTransaction* transaction) {
  PamOutcome outcome = transaction->Start(logon->service(), logon->user(), config_directory);
  if (outcome.ok() && !logon->remote_host().empty()) {
    outcome = transaction->SetRemoteHost(logon->remote_host());
  }
  if (outcome.ok() && !logon->account_only()) {
    outcome = transaction->Authenticate(logon->mutable_password());
  }
  if (outcome.ok()) outcome = transaction->CheckAccount();
  return outcome;
}

absl::Status ServeLogon(const SeqpacketSocket& socket, const std::string& config_directory,
                        jobhost::Logon* logon) {
  const ProcessDeadline deadline(kOpenTime);
  PamTransaction transaction;
  const PamOutcome outcome = Judge(config_directory, logon, &transaction);
  jobhost::PamAnswer answer;
  FillResult(outcome, answer.mutable_result());
  answer.mutable_result()->set_request(logon->request());
  if (outcome.ok()) {
    answer.mutable_result()->set_user(transaction.User());
  } else {
    absl::SleepFor(std::min(transaction.fail_delay(), kMaxFailDelay));
  }
  return socket.SendBlocking(answer, {}, kSendMs);
}

PamOutcome Open(const std::string& config_directory, const jobhost::PamSession& session,
                PamTransaction* transaction) {
  const ProcessDeadline deadline(kOpenTime);
  PamOutcome outcome = transaction->Start(session.service(), session.user(), config_directory);
  // Again: the account may have ended since the logon.
  if (outcome.ok()) outcome = transaction->CheckAccount();
  if (outcome.ok()) outcome = transaction->OpenSession();
  return outcome;
}

absl::Status ServeSession(const SeqpacketSocket& socket, const std::string& config_directory,
                          const jobhost::PamSession& session) {
  const Limits before = CurrentLimits();
  PamTransaction transaction;
  const PamOutcome outcome = Open(config_directory, session, &transaction);
  jobhost::PamAnswer answer;
  FillResult(outcome, answer.mutable_result());
  if (outcome.ok()) {
    answer.mutable_result()->set_user(transaction.User());
    for (std::string& variable : transaction.Environment()) {
      answer.add_environment(std::move(variable));
    }
    FillChangedLimits(before, &answer);
  }
  absl::Status sent = socket.SendBlocking(answer, {}, kSendMs);
  // The tree is empty, or the job host has gone: the connection ends either way.
  if (sent.ok() && outcome.ok()) Receive(socket).IgnoreError();
  const ProcessDeadline deadline(kCloseTime);
  transaction.CloseSession();
  return sent;
}

}  // namespace

absl::Status ServePamRequest(const SeqpacketSocket& socket, const std::string& config_directory) {
  absl::StatusOr<Datagram> datagram = Receive(socket);
  if (!datagram.ok()) return datagram.status();
  jobhost::PamRequest request;
  const bool parsed = request.ParseFromString(datagram->bytes);
  EraseSecret(&datagram->bytes);
  if (parsed && request.has_logon()) {
    return ServeLogon(socket, config_directory, request.mutable_logon());
  }
  if (parsed && request.has_session()) {
    return ServeSession(socket, config_directory, request.session());
  }
  return absl::InvalidArgumentError("not a request");
}

}  // namespace proctor::logon
