#include "agent/win32/console_stop.h"

namespace proctor {
namespace {

// As long as the process: the handler may come at any time.
HANDLE NewEvent() { return ::CreateEventW(nullptr, TRUE, FALSE, nullptr); }

HANDLE Asked() {
  static const HANDLE event = NewEvent();
  return event;
}

HANDLE Ended() {
  static const HANDLE event = NewEvent();
  return event;
}

}  // namespace

void ConsoleStop::Listen() { ::SetConsoleCtrlHandler(&OnControl, TRUE); }

void ConsoleStop::Await() { ::WaitForSingleObject(Asked(), INFINITE); }

void ConsoleStop::Drained() { ::SetEvent(Ended()); }

// After the closing of the console, a logoff and a shutdown the system ends the process as soon as
// this returns, or its patience is over (HandlerRoutine, Microsoft Learn): so not before the drain.
BOOL WINAPI ConsoleStop::OnControl(DWORD event) {
  ::SetEvent(Asked());
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) {
    ::WaitForSingleObject(Ended(), INFINITE);
  }
  return TRUE;
}

}  // namespace proctor
