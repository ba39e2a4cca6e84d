#ifndef PROCTOR_AGENT_JOBHOST_WIN32_STOP_EVENTS_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_STOP_EVENTS_H_

#include <windows.h>

#include <functional>

namespace proctor::jobhost {

// The console's wishes for the end: Ctrl-C, Ctrl-Break, its own end, the session's. One at a time
// in a process.
class StopEvents {
 public:
  // `stop` is called on a thread of the system.
  explicit StopEvents(std::function<void()> stop);
  ~StopEvents();
  StopEvents(const StopEvents&) = delete;
  StopEvents& operator=(const StopEvents&) = delete;

 private:
  static BOOL WINAPI Handle(DWORD event);
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_STOP_EVENTS_H_
