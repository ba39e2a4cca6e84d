#ifndef PROCTOR_TESTS_HOSTILE_RSS_WATCH_H_
#define PROCTOR_TESTS_HOSTILE_RSS_WATCH_H_

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <thread>

namespace proctor {

// Looks at a process's resident memory every few milliseconds, on a thread of its own, and kills
// the process when it has grown by more than `kill_growth` bytes.
class RssWatch {
 public:
  RssWatch(pid_t pid, size_t kill_growth);
  ~RssWatch();
  RssWatch(const RssWatch&) = delete;
  RssWatch& operator=(const RssWatch&) = delete;

  // Bytes beyond those at the beginning: now, and at most so far.
  size_t Growth() const;
  size_t MaxGrowth() const { return max_growth_; }
  bool killed() const { return killed_; }

 private:
  void Loop();

  const pid_t pid_;
  const size_t kill_growth_;
  const size_t base_;
  std::atomic<size_t> max_growth_{0};
  std::atomic<bool> killed_{false};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_HOSTILE_RSS_WATCH_H_
