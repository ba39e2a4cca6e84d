#include "client/cli/interrupt_watch.h"

#include <windows.h>

#include <atomic>
#include <thread>
#include <utility>

#include "common/signal_number.h"
#include "common/win32/unique_handle.h"

namespace proctor::cli {
namespace {

// The system calls the handler on a thread of its own, of which it knows nothing but the event; it
// has no argument to pass an object in.
std::atomic<HANDLE> interrupted{nullptr};
std::atomic<HANDLE> ended{nullptr};

BOOL WINAPI OnControl(DWORD event) {
  const HANDLE wake = event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT ? interrupted : ended;
  if (wake == nullptr) return FALSE;
  ::SetEvent(wake);
  // After the return of a close event the process is ended: its time goes to the graceful kill.
  if (event == CTRL_CLOSE_EVENT || event == CTRL_SHUTDOWN_EVENT) ::Sleep(INFINITE);
  return TRUE;
}

UniqueHandle NewEvent() { return UniqueHandle(::CreateEventW(nullptr, FALSE, FALSE, nullptr)); }

}  // namespace

struct InterruptWatch::Native {
  UniqueHandle interrupt = NewEvent();
  UniqueHandle end = NewEvent();
  UniqueHandle stop = NewEvent();
  std::thread thread;
};

InterruptWatch::InterruptWatch(std::function<void(int)> on_interrupt)
    : on_interrupt_(std::move(on_interrupt)), native_(std::make_unique<Native>()) {
  interrupted = native_->interrupt.get();
  ended = native_->end.get();
  ::SetConsoleCtrlHandler(&OnControl, TRUE);
  native_->thread = std::thread([this] { Watch(); });
}

InterruptWatch::~InterruptWatch() {
  ::SetConsoleCtrlHandler(&OnControl, FALSE);
  interrupted = nullptr;
  ended = nullptr;
  ::SetEvent(native_->stop.get());
  native_->thread.join();
}

void InterruptWatch::Watch() const {
  const HANDLE events[] = {native_->stop.get(), native_->interrupt.get(), native_->end.get()};
  for (;;) {
    const DWORD which = ::WaitForMultipleObjects(3, events, FALSE, INFINITE);
    if (which == WAIT_OBJECT_0 + 1) {
      on_interrupt_(kSignalInterrupt);
    } else if (which == WAIT_OBJECT_0 + 2) {
      on_interrupt_(kSignalTerminate);
    } else {
      return;
    }
  }
}

}  // namespace proctor::cli
