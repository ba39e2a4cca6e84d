#ifndef PROCTOR_CLIENT_CLI_INTERRUPT_WATCH_H_
#define PROCTOR_CLIENT_CLI_INTERRUPT_WATCH_H_

#include <functional>
#include <memory>

namespace proctor::cli {

// Turns Ctrl-C (SIGINT) and SIGTERM, or a console's events, into calls of a function, on a thread
// of its own, where locks and RPCs are allowed. A signal that was ignored when the process started
// stays ignored.
//
// Construct it before the process starts other threads: the signals are blocked in the constructing
// thread and in what it starts, and stay blocked for good, since the thread that a pending one
// would end is about to exit anyway.
class InterruptWatch {
 public:
  // `on_interrupt` gets the signal's number, one call after the other.
  explicit InterruptWatch(std::function<void(int signal)> on_interrupt);
  // No call comes after it returned. Must not run inside `on_interrupt`.
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  struct Native;
  void Watch() const;

  const std::function<void(int)> on_interrupt_;
  const std::unique_ptr<Native> native_;
};

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_INTERRUPT_WATCH_H_
