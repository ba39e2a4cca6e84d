#ifndef PROCTOR_AGENT_JOBHOST_LIFE_CYCLE_H_
#define PROCTOR_AGENT_JOBHOST_LIFE_CYCLE_H_

#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Where a job is between its acceptance and its end. It knows no operating system; an event that is
// none in the job's state changes nothing. Not thread-safe.
class LifeCycle {
 public:
  enum class State {
    kQueued,     // Waits for a launcher.
    kLaunching,  // A launcher has it.
    kRunning,    // Its main process runs, or is not reaped yet.
    kDraining,   // That has ended; others of the tree have not.
    kFinishing,  // The tree is empty; the output is not at its end.
    kFinal,
    kLaunchFailed,
  };

  // A launcher takes it. False: it is not queued any more.
  bool BeginLaunch();
  void Started();
  void MainEnded();
  // `streams`: of the output, those that are not at their end. True: none, so the job is through.
  bool TreeEmptied(int streams);
  // True: it was the last, so the job is through.
  bool StreamEnded();
  // The job is through, or was ended before it ran.
  void End();
  void FailLaunch();

  State state() const { return state_; }
  bool queued() const { return state_ == State::kQueued; }
  bool launching() const { return state_ == State::kLaunching; }
  bool main_alive() const { return state_ == State::kRunning; }
  bool ended() const { return state_ == State::kFinal || state_ == State::kLaunchFailed; }
  // As the reports call it.
  Phase phase() const;

 private:
  State state_ = State::kQueued;
  int streams_ = 0;  // That are not at their end, when kFinishing.
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LIFE_CYCLE_H_
