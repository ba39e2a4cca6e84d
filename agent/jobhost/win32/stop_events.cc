#include "agent/jobhost/win32/stop_events.h"

#include <utility>

#include "common/mutex.h"

namespace proctor::jobhost {
namespace {

// The system's callback has no argument of ours.
Mutex stop_mutex;
std::function<void()> stop_callback ABSL_GUARDED_BY(stop_mutex);

}  // namespace

StopEvents::StopEvents(std::function<void()> stop) {
  {
    MutexLock lock(&stop_mutex);
    stop_callback = std::move(stop);
  }
  ::SetConsoleCtrlHandler(&Handle, TRUE);
}

StopEvents::~StopEvents() {
  ::SetConsoleCtrlHandler(&Handle, FALSE);
  MutexLock lock(&stop_mutex);
  stop_callback = nullptr;
}

BOOL StopEvents::Handle(DWORD event) {
  {
    MutexLock lock(&stop_mutex);
    if (!stop_callback) return FALSE;
    stop_callback();
  }
  // After these the system ends the process as soon as this returns; so it does not, and the
  // process ends by itself or by the system's patience.
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) ::Sleep(INFINITE);
  return TRUE;
}

}  // namespace proctor::jobhost
