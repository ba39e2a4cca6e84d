#include "tests/bench/rss_watch.h"

#include "absl/time/clock.h"
#include "tests/bench/process_memory.h"

namespace proctor::bench {

absl::StatusOr<int64_t> SettledRss(pid_t pid) {
  constexpr int kEqualReadings = 5;
  int64_t last = 0;
  int equal = 0;
  for (int reading = 0; reading < 200 && equal < kEqualReadings; ++reading) {
    absl::StatusOr<ProcessMemory> memory = ReadProcessMemory(pid);
    if (!memory.ok()) return memory.status();
    equal = memory->rss == last ? equal + 1 : 0;
    last = memory->rss;
    absl::SleepFor(absl::Milliseconds(50));
  }
  return last;
}

}  // namespace proctor::bench
