#include "agent/jobhost/life_cycle.h"

namespace proctor::jobhost {

bool LifeCycle::BeginLaunch() {
  if (state_ != State::kQueued) return false;
  state_ = State::kLaunching;
  return true;
}

void LifeCycle::Started() {
  if (state_ == State::kLaunching) state_ = State::kRunning;
}

void LifeCycle::MainEnded() {
  if (state_ == State::kRunning) state_ = State::kDraining;
}

bool LifeCycle::TreeEmptied(int streams) {
  if (state_ != State::kDraining) return false;
  state_ = State::kFinishing;
  streams_ = streams;
  return streams == 0;
}

bool LifeCycle::StreamEnded() { return state_ == State::kFinishing && --streams_ == 0; }

void LifeCycle::End() {
  if (!ended()) state_ = State::kFinal;
}

void LifeCycle::FailLaunch() {
  if (state_ == State::kQueued || state_ == State::kLaunching) state_ = State::kLaunchFailed;
}

Phase LifeCycle::phase() const {
  switch (state_) {
    case State::kQueued:
    case State::kLaunching:
      return PENDING;
    case State::kRunning:
      return RUNNING;
    case State::kDraining:
    case State::kFinishing:
      return DRAINING;
    case State::kFinal:
      return FINAL;
    case State::kLaunchFailed:
      return LAUNCH_FAILED;
  }
  return PENDING;
}

}  // namespace proctor::jobhost
