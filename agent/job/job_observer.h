#ifndef PROCTOR_AGENT_JOB_JOB_OBSERVER_H_
#define PROCTOR_AGENT_JOB_JOB_OBSERVER_H_

namespace proctor {

// Somebody who waits for something to happen to a job, or to any job. OnChange is a hint: look
// again. It may come too often, from any thread and from several at once, never under a lock, and
// once more after the subscription ended; it must not block.
class JobObserver {
 public:
  virtual ~JobObserver() = default;
  virtual void OnChange() = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_OBSERVER_H_
