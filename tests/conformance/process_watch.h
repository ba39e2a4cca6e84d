#ifndef PROCTOR_TESTS_CONFORMANCE_PROCESS_WATCH_H_
#define PROCTOR_TESTS_CONFORMANCE_PROCESS_WATCH_H_

#include <cstdint>
#include <memory>
#include <vector>

namespace proctor {

// A process that lives when the watch is made. It is held by pidfd or handle: a pid is soon another
// process', above all on a machine that runs tests in parallel.
class ProcessWatch {
 public:
  explicit ProcessWatch(int64_t pid);
  ~ProcessWatch();
  ProcessWatch(ProcessWatch&&) noexcept;
  ProcessWatch& operator=(ProcessWatch&&) noexcept;

  // Without waiting. A process that was gone before it could be watched has ended.
  bool Ended() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_CONFORMANCE_PROCESS_WATCH_H_
