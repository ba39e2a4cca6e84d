#include "agent/jobhost/linux/logon_desk.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/jobhost/deadline.h"
#include "agent/jobhost/host_clock.h"
#include "common/erase_secret.h"
#include "common/os_error.h"
#include "common/utf8.h"

namespace proctor::jobhost {
namespace {

// A helper that has just been started has room for one message.
constexpr int kSendMs = 1000;

}  // namespace

LogonDesk::LogonDesk(Options options, Answer answer)
    : options_(std::move(options)),
      answer_(std::move(answer)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

LogonDesk::~LogonDesk() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    for (Logon& logon : waiting_[kPassword]) EraseSecret(logon.mutable_password());
  }
  ::eventfd_write(wake_.get(), 1);
  if (thread_.joinable()) thread_.join();
  for (const Visit& visit : visits_) visit.helper.Kill();
}

absl::Status LogonDesk::Start() {
  if (!wake_.valid()) return OsErrorStatus("eventfd", errno);
  absl::StatusOr<VforkStack> stack = VforkStack::Create();
  if (!stack.ok()) return stack.status();
  thread_ = std::thread([this, mine = *std::move(stack)]() mutable {
    stack_ = &mine;
    Loop();
  });
  return absl::OkStatus();
}

void LogonDesk::Judge(Logon logon) {
  const uint64_t request = logon.request();
  {
    MutexLock lock(&mutex_);
    std::deque<Logon>& waiting = waiting_[KindOf(logon)];
    if (!stopping_ && waiting.size() < options_.max_waiting) {
      waiting.push_back(std::move(logon));
      ::eventfd_write(wake_.get(), 1);
      return;
    }
  }
  EraseSecret(logon.mutable_password());
  Fail(request, OsErrorStatus("logon queue", EAGAIN));
}

void LogonDesk::Fail(uint64_t request, const absl::Status& status) {
  const absl::optional<OsError> error = GetOsError(status);
  LogonReply reply;
  reply.set_request(request);
  reply.set_error(error.has_value()                                      ? error->code
                  : status.code() == absl::StatusCode::kDeadlineExceeded ? ETIMEDOUT
                                                                         : EPIPE);
  reply.set_call(error.has_value() ? error->call : "proctor-logon");
  reply.set_detail(EscapeInvalidUtf8(status.message()));
  answer_(std::move(reply));
}

size_t LogonDesk::Helpers(Kind kind) const {
  return static_cast<size_t>(std::count_if(
      visits_.begin(), visits_.end(), [kind](const Visit& visit) { return visit.kind == kind; }));
}

void LogonDesk::Admit(Kind kind) {
  while (Helpers(kind) < options_.max_helpers) {
    Logon logon;
    {
      MutexLock lock(&mutex_);
      if (stopping_ || waiting_[kind].empty()) return;
      logon.Swap(&waiting_[kind].front());
      waiting_[kind].pop_front();
    }
    Begin(std::move(logon));
  }
}

void LogonDesk::Begin(Logon logon) {
  const Kind kind = KindOf(logon);
  const uint64_t request = logon.request();
  absl::StatusOr<PamHelper> helper = PamHelper::Start(options_.program, *stack_);
  absl::Status sent = helper.status();
  PamRequest message;
  message.mutable_logon()->Swap(&logon);
  if (sent.ok()) sent = helper->socket().SendBlocking(message, {}, kSendMs);
  EraseSecret(message.mutable_logon()->mutable_password());
  if (!sent.ok()) return Fail(request, sent);
  visits_.push_back({kind, request, *std::move(helper),
                     MonotonicNs() + absl::ToInt64Nanoseconds(options_.max_time)});
}

bool LogonDesk::Attend(const Visit& visit, int64_t now_ns) {
  absl::StatusOr<PamAnswer> answer = AwaitAnswer(visit.helper, absl::ZeroDuration());
  if (absl::IsDeadlineExceeded(answer.status()) && now_ns < visit.deadline_ns) return false;
  if (answer.ok()) {
    answer->mutable_result()->set_request(visit.request);
    answer_(std::move(*answer->mutable_result()));
    return true;
  }
  visit.helper.Kill();
  Fail(visit.request, answer.status());
  return true;
}

void LogonDesk::Sleep() {
  std::vector<pollfd> events = {{wake_.get(), POLLIN, 0}};
  int64_t until_ns = kNoDeadline;
  for (const Visit& visit : visits_) {
    events.push_back({visit.helper.socket().fd(), POLLIN, 0});
    until_ns = std::min(until_ns, visit.deadline_ns);
  }
  const int64_t left_ms = std::max<int64_t>(0, until_ns - MonotonicNs()) / 1000000 + 1;
  ::poll(events.data(), events.size(), until_ns == kNoDeadline ? -1 : static_cast<int>(left_ms));
  eventfd_t count;
  ::eventfd_read(wake_.get(), &count);
}

void LogonDesk::Loop() {
  while (true) {
    {
      MutexLock lock(&mutex_);
      if (stopping_) return;
    }
    Admit(kPassword);
    Admit(kAccount);
    Sleep();
    const int64_t now_ns = MonotonicNs();
    for (auto visit = visits_.begin(); visit != visits_.end();) {
      visit = Attend(*visit, now_ns) ? visits_.erase(visit) : std::next(visit);
    }
  }
}

}  // namespace proctor::jobhost
