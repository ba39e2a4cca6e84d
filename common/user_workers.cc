#include "common/user_workers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/detached_thread.h"
#include "common/failure_detail.h"

namespace proctor {
namespace {

absl::Status Late(const UserWorkers::Options& options) {
  v1::FailureDetail detail;
  detail.set_advice(options.advice);
  return WithFailureDetail(absl::DeadlineExceededError(absl::StrCat(
                               options.late, " within ", absl::FormatDuration(options.deadline))),
                           detail);
}

absl::Status Stopped() {
  return absl::UnavailableError("the agent is draining and takes no new jobs");
}

}  // namespace

UserWorkers::UserWorkers(Options options, const Clock* clock)
    : options_(std::move(options)),
      state_(std::make_shared<State>(options_.max_running_per_user, options_.max_threads)),
      timers_(std::make_shared<TimerQueue>(clock)) {}

UserWorkers::~UserWorkers() { Stop(absl::ZeroDuration()); }

// A thread is detached, since one that hangs in the system cannot be joined; Stop counts them.
void UserWorkers::WakeThreads(const StatePtr& state, const TimersPtr& timers) {
  while (state->queue.turns() > state->idle && state->threads < state->max_threads) {
    ++state->threads;
    ++state->idle;
    StartDetachedThread([state, timers] { Serve(state, timers); });
  }
  state->changed.NotifyAll();
}

absl::Status UserWorkers::Admit(const std::string& user) {
  if (state_->stopping) return Stopped();
  if (state_->queue.waiting(user) < options_.max_waiting_per_user) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat(options_.max_waiting_per_user, " calls of this user wait already"));
}

void UserWorkers::Add(const std::string& user, Task task) {
  const auto added = std::make_shared<Task>(std::move(task));
  absl::Status admitted;
  {
    MutexLock lock(&state_->mutex);
    admitted = Admit(user);
    if (admitted.ok()) {
      // The timer's function holds no task: who has been answered is let go of at once.
      added->timer = timers_->Schedule(
          options_.deadline, [fail = added->fail, status = Late(options_)] { fail(status); });
      state_->queue.Push(user, added);
      WakeThreads(state_, timers_);
    }
  }
  if (!admitted.ok()) added->fail(admitted);
}

void UserWorkers::Serve(const StatePtr& state, const TimersPtr& timers) {
  while (true) {
    std::pair<std::string, TaskPtr> next;
    {
      MutexLock lock(&state->mutex);
      while (!state->stopping && !state->queue.runnable()) state->changed.Wait(&state->mutex);
      --state->idle;
      if (state->stopping) {
        --state->threads;
        state->changed.NotifyAll();
        return;
      }
      next = *state->queue.Pop();
      state->running.push_back(next.second);
      WakeThreads(state, timers);
    }
    next.second->work();
    timers->Cancel(next.second->timer);
    MutexLock lock(&state->mutex);
    ++state->idle;
    state->running.erase(std::find(state->running.begin(), state->running.end(), next.second));
    state->queue.Done(next.first);
    WakeThreads(state, timers);
  }
}

bool UserWorkers::Stop(absl::Duration patience) {
  std::vector<TaskPtr> unanswered;
  {
    MutexLock lock(&state_->mutex);
    state_->stopping = true;
    state_->changed.NotifyAll();
    unanswered = state_->running;
    for (TaskPtr& task : state_->queue.TakeAll()) unanswered.push_back(std::move(task));
  }
  for (const TaskPtr& task : unanswered) {
    timers_->Cancel(task->timer);
    task->fail(Stopped());
  }
  const absl::Duration deadline = Clock::Real()->Monotonic() + patience;
  MutexLock lock(&state_->mutex);
  while (state_->threads > 0) {
    const absl::Duration left = deadline - Clock::Real()->Monotonic();
    if (left <= absl::ZeroDuration()) return false;
    state_->changed.WaitFor(&state_->mutex, left);
  }
  return true;
}

}  // namespace proctor
