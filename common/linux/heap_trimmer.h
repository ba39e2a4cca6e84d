#ifndef PROCTOR_COMMON_LINUX_HEAP_TRIMMER_H_
#define PROCTOR_COMMON_LINUX_HEAP_TRIMMER_H_

#include <cstdint>
#include <thread>

#include "absl/time/time.h"
#include "common/mutex.h"

namespace proctor {

// Gives memory back to the system that glibc's allocator keeps for itself: what hundreds of
// thousands of records, or a flood of calls, took stays resident in its arenas otherwise, since one
// live object holds a whole heap. Looks about every second, on a thread of its own.
class HeapTrimmer {
 public:
  explicit HeapTrimmer(absl::Duration period = absl::Seconds(1));
  ~HeapTrimmer();
  HeapTrimmer(const HeapTrimmer&) = delete;
  HeapTrimmer& operator=(const HeapTrimmer&) = delete;

 private:
  void Loop();

  const absl::Duration period_;  // The shortest.
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: everything above exists before it runs.
};

// One look of the trimmer, and what it has learnt. One thread uses it at a time.
class HeapLook {
 public:
  // In bytes.
  struct Usage {
    uint64_t resident = 0;  // Of the process, without what it shares with others.
    uint64_t in_use = 0;    // Of the allocator.
  };
  static Usage Measure();

  // Whether the allocator keeps so much for itself that giving it back is worth the time. Each time
  // a part of what Trimmed has learnt is forgotten.
  bool WorthTrimming(const Usage& usage);
  // What was found after a trim: as much again is not tried again soon.
  void Trimmed(const Usage& after);

 private:
  uint64_t kept_anyway_ = 0;  // Resident and not in use after the last trim.
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_HEAP_TRIMMER_H_
