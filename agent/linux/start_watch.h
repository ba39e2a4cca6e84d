#ifndef PROCTOR_AGENT_LINUX_START_WATCH_H_
#define PROCTOR_AGENT_LINUX_START_WATCH_H_

#include <atomic>
#include <thread>

namespace proctor {

// While the agent starts, SIGTERM and SIGINT end the process at once, whatever the start waits for:
// there is nothing yet that a kill -9 would not be survived by as well. The signals must be blocked
// in every thread. Those that come when the start is over are left to sigwait(3).
class StartWatch {
 public:
  StartWatch();
  ~StartWatch();
  StartWatch(const StartWatch&) = delete;
  StartWatch& operator=(const StartWatch&) = delete;

 private:
  void Watch();

  std::atomic<bool> started_{false};
  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_LINUX_START_WATCH_H_
