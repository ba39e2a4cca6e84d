#include "agent/jobhost/kill_plan.h"

#include <algorithm>

namespace proctor::jobhost {
namespace {

// A tree that outlives its end by force meets it again so often at first, and so seldom at last.
constexpr int64_t kFirstRetryNs = 20LL * 1000 * 1000;
constexpr int64_t kLastRetryNs = 1000LL * 1000 * 1000;

}  // namespace

KillPlan::Step KillPlan::Request(const KillRequest& request, int64_t now_ns) {
  if (ended_ || forced_) {
    AwaitConfirmation(now_ns);
    return Step::kNothing;
  }
  SetCause(request.cause);
  const int64_t grace_end_ns = After(now_ns, request.grace_ns);
  const bool first = !requested_;
  if (first) {
    requested_ = true;
    signal_ = request.signal != 0 ? request.signal : kSignalTerminate;
    grace_end_ns_ = grace_end_ns;
  } else {
    grace_end_ns_ = std::min(grace_end_ns_, grace_end_ns);
  }
  if (!runs_) return Step::kNothing;
  if (!begun_) return Begin(now_ns);
  return grace_end_ns_ <= now_ns ? Force(now_ns) : Step::kNothing;
}

void KillPlan::Started(int64_t started_ns, uint64_t timeout_ns) {
  runs_ = true;
  if (timeout_ns != 0) timeout_at_ns_ = After(started_ns, timeout_ns);
  if (requested_) next_try_ns_ = started_ns;
}

KillPlan::Step KillPlan::RestLeft(const KillRequest& request, bool keep, int64_t now_ns) {
  if (!requested_) return keep ? Step::kNothing : Request(request, now_ns);
  if (ended_ || forced_) return Step::kNothing;
  return begun_ ? Step::kSignalRest : Begin(now_ns);
}

KillPlan::Step KillPlan::Due(const KillRequest& timeout, int64_t now_ns) {
  if (!runs_ || ended_) return Step::kNothing;
  if (timeout_at_ns_ <= now_ns) {
    timeout_at_ns_ = kNoDeadline;
    const Step step = Request(timeout, now_ns);
    if (step != Step::kNothing) return step;
  }
  if (requested_ && !begun_) return Begin(now_ns);
  const bool due = grace_end_ns_ <= now_ns || next_try_ns_ <= now_ns;
  return due ? Force(now_ns) : Step::kNothing;
}

bool KillPlan::ConfirmIsOver(int64_t now_ns) {
  if (ended_ || confirm_by_ns_ > now_ns) return false;
  confirm_by_ns_ = kNoDeadline;
  return true;
}

void KillPlan::Unconfirmed(int64_t processes_left) {
  unconfirmed_ = true;
  processes_left_ = processes_left;
}

void KillPlan::TreeEmptied(int64_t now_ns) {
  emptied_ = true;
  next_try_ns_ = kNoDeadline;
  unconfirmed_ = false;
  processes_left_ = 0;
  AwaitConfirmation(now_ns);
}

void KillPlan::AwaitConfirmation(int64_t now_ns) {
  if (forced_ && confirm_by_ns_ == kNoDeadline) confirm_by_ns_ = now_ns + kConfirmNs;
}

void KillPlan::Ended() { ended_ = true; }

int64_t KillPlan::NextDeadline() const {
  if (!runs_ || ended_) return kNoDeadline;
  return std::min({timeout_at_ns_, grace_end_ns_, confirm_by_ns_, next_try_ns_});
}

void KillPlan::SetCause(Cause cause) {
  if (cause_ == CAUSE_UNSPECIFIED) cause_ = cause;
}

KillPlan::Step KillPlan::Begin(int64_t now_ns) {
  begun_ = true;
  next_try_ns_ = kNoDeadline;
  return grace_end_ns_ <= now_ns || signal_ == kSignalKill ? Force(now_ns) : Step::kSignal;
}

KillPlan::Step KillPlan::Force(int64_t now_ns) {
  grace_end_ns_ = kNoDeadline;
  if (!forced_) {
    forced_ = true;
    confirm_by_ns_ = now_ns + kConfirmNs;
    retry_ns_ = kFirstRetryNs;
  } else {
    retry_ns_ = std::min(2 * retry_ns_, kLastRetryNs);
  }
  if (!emptied_) next_try_ns_ = now_ns + retry_ns_;
  return Step::kForce;
}

}  // namespace proctor::jobhost
