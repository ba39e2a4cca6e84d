#include "client/session_opening.h"

#include <algorithm>
#include <string>

#include "common/clock.h"

namespace proctor {
namespace {

// A person does not want to hear of what is over before it has been read.
constexpr absl::Duration kWorthTelling = absl::Seconds(1);

absl::Duration Now() { return Clock::Real()->Monotonic(); }

}  // namespace

SessionOpening::SessionOpening(Open open) : state_(std::make_shared<State>()) {
  {
    MutexLock lock(&state_->mutex);
    state_->awaited.what = "a session";
    state_->awaited.late = absl::UnavailableError("no session could be opened in time");
    state_->awaited_since = Now();
  }
  thread_ =
      std::thread([state = state_, open = std::move(open), stop = stop_.get_token()]() mutable {
        Result result = open(stop, [weak = std::weak_ptr<State>(state)](Awaited awaited) {
          SetAwaited(weak, std::move(awaited));
        });
        open = nullptr;
        MutexLock lock(&state->mutex);
        state->result.emplace(std::move(result));
        state->changed.NotifyAll();
      });
}

SessionOpening::~SessionOpening() {
  stop_.request_stop();
  thread_.join();
}

void SessionOpening::SetAwaited(const std::weak_ptr<State>& weak, Awaited awaited) {
  const std::shared_ptr<State> state = weak.lock();
  if (state == nullptr) return;
  MutexLock lock(&state->mutex);
  state->awaited = std::move(awaited);
  state->awaited_since = Now();
  state->changed.NotifyAll();
}

bool SessionOpening::ended() const {
  MutexLock lock(&state_->mutex);
  return state_->result.has_value();
}

SessionOpening::Result SessionOpening::Await(const SessionPatience& patience) const {
  const State& state = *state_;
  const std::stop_callback on_stop(patience.stop, [&state] {
    MutexLock lock(&state.mutex);
    state.changed.NotifyAll();
  });
  const absl::Duration start = Now();
  const absl::Duration last = start + patience.at_most;
  absl::Duration end = std::min(last, start + patience.timeout);
  bool person = false;
  std::string told;
  while (true) {
    std::string tell;
    {
      MutexLock lock(&state.mutex);
      if (state.result.has_value()) return *state.result;
      if (patience.stop.stop_requested()) return absl::CancelledError("cancelled by the caller");
      const absl::Duration now = Now();
      if (person) end = std::min(last, now + patience.timeout);
      person = state.awaited.person;
      if (now >= (person ? last : end)) return state.awaited.late;
      absl::Duration wake = person ? last : end;
      if (patience.on_waiting && !person && state.awaited.what != told) {
        const absl::Duration tell_at = std::max(start, state.awaited_since) + kWorthTelling;
        if (now >= tell_at) tell = state.awaited.what;
        wake = std::min(wake, tell_at);
      }
      if (tell.empty() && wake == absl::InfiniteDuration()) {
        state.changed.Wait(&state.mutex);
      } else if (tell.empty()) {
        state.changed.WaitFor(&state.mutex, wake - now);
      }
    }
    if (tell.empty()) continue;
    patience.on_waiting(tell);
    told = std::move(tell);
  }
}

}  // namespace proctor
