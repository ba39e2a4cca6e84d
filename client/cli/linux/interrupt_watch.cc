#include "client/cli/interrupt_watch.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <thread>
#include <utility>

#include "common/unique_fd.h"

namespace proctor::cli {
namespace {

sigset_t Interrupts() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

int OpenSignals() {
  const sigset_t set = Interrupts();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

struct InterruptWatch::Native {
  const UniqueFd signals{OpenSignals()};
  const UniqueFd stop{::eventfd(0, EFD_CLOEXEC)};
  std::thread thread;
};

InterruptWatch::InterruptWatch(std::function<void(int)> on_interrupt)
    : on_interrupt_(std::move(on_interrupt)), native_(std::make_unique<Native>()) {
  native_->thread = std::thread([this] { Watch(); });
}

InterruptWatch::~InterruptWatch() {
  const uint64_t one = 1;
  // An eventfd takes the first write always.
  (void)!::write(native_->stop.get(), &one, sizeof one);
  native_->thread.join();
}

void InterruptWatch::Watch() const {
  pollfd polled[] = {{native_->signals.get(), POLLIN, 0}, {native_->stop.get(), POLLIN, 0}};
  for (;;) {
    ::poll(polled, 2, -1);
    if (polled[1].revents != 0) return;
    signalfd_siginfo info;
    while (::read(native_->signals.get(), &info, sizeof info) ==
           static_cast<ssize_t>(sizeof info)) {
      on_interrupt_(static_cast<int>(info.ssi_signo));
    }
  }
}

}  // namespace proctor::cli
