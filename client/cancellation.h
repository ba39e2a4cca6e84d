#ifndef PROCTOR_CLIENT_CANCELLATION_H_
#define PROCTOR_CLIENT_CANCELLATION_H_

#include <stop_token>

namespace proctor {

// Ends calls from another thread: hand a pointer to any number of calls, then Cancel() once. The
// calls return CANCELLED; a call started later returns it at once. Must outlive the calls that use
// it. Thread-safe, but takes locks: not for signal handlers, only for a thread that a signal woke.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  void Cancel() { source_.request_stop(); }
  bool cancelled() const { return source_.stop_requested(); }
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_CANCELLATION_H_
