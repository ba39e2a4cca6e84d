#include "agent/linux/start_watch.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "common/log.h"
#include "common/log_setup.h"

namespace proctor {
namespace {

// Sent to the watching thread alone, to end it.
const int kOver = SIGRTMIN;

sigset_t Awaited() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, kOver}) ::sigaddset(&signals, signal);
  return signals;
}

}  // namespace

// Blocked here first, for the thread to inherit: the start may be over before it runs.
StartWatch::StartWatch() {
  const sigset_t signals = Awaited();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread([this] { Watch(); });
}

StartWatch::~StartWatch() {
  started_ = true;
  ::pthread_kill(thread_.native_handle(), kOver);
  thread_.join();
}

void StartWatch::Watch() {
  const sigset_t signals = Awaited();
  int signal = 0;
  ::sigwait(&signals, &signal);
  if (started_) {
    // One that came at the last moment: for whoever waits next.
    if (signal != kOver) ::kill(::getpid(), signal);
    return;
  }
  LogInfo("asked to stop before the start was over");
  EndLog();
  std::_Exit(0);
}

}  // namespace proctor
