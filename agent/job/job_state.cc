#include "agent/job/job_state.h"

namespace proctor {
namespace {

struct Transition {
  v1::JobState from;
  JobEvent event;
  v1::JobState to;
};

constexpr Transition kTransitions[] = {
    {v1::CREATED, JobEvent::kStarted, v1::RUNNING},
    {v1::CREATED, JobEvent::kLaunchFailed, v1::FINISHED},
    {v1::CREATED, JobEvent::kMainExited, v1::DRAINING},
    {v1::CREATED, JobEvent::kFinal, v1::FINISHED},
    {v1::CREATED, JobEvent::kHostLost, v1::LOST},
    {v1::RUNNING, JobEvent::kMainExited, v1::DRAINING},
    {v1::RUNNING, JobEvent::kFinal, v1::FINISHED},
    {v1::RUNNING, JobEvent::kHostLost, v1::LOST},
    {v1::DRAINING, JobEvent::kFinal, v1::FINISHED},
    {v1::DRAINING, JobEvent::kHostLost, v1::LOST},
};

}  // namespace

absl::optional<v1::JobState> NextState(v1::JobState state, JobEvent event) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == state && transition.event == event) return transition.to;
  }
  return absl::nullopt;
}

bool IsTerminal(v1::JobState state) { return state == v1::FINISHED || state == v1::LOST; }

absl::string_view JobEventName(JobEvent event) {
  switch (event) {
    case JobEvent::kStarted:
      return "started";
    case JobEvent::kLaunchFailed:
      return "launch failed";
    case JobEvent::kMainExited:
      return "main process exited";
    case JobEvent::kFinal:
      return "final";
    case JobEvent::kHostLost:
      return "job host lost";
  }
  return "unknown";
}

}  // namespace proctor
