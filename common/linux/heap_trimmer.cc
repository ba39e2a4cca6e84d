#include "common/linux/heap_trimmer.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "common/clock.h"

namespace proctor {
namespace {

constexpr uint64_t kWorthwhile = uint64_t{4} << 20;
constexpr absl::Duration kLongestPeriod = absl::Minutes(10);
// A look walks the allocator's free lists under its locks, and a trim gives pages back under them:
// they take a thousandth, and a hundredth, of the time.
constexpr int kLookShare = 1000;
constexpr int kTrimShare = 100;
// How much of what a trim could not give back is tried again at each look: what held it may have
// gone.
constexpr int kForgotten = 16;

}  // namespace

HeapLook::Usage HeapLook::Measure() {
  Usage usage;
  uint64_t size = 0;
  uint64_t resident = 0;
  uint64_t shared = 0;
  std::ifstream("/proc/self/statm") >> size >> resident >> shared;
  usage.resident =
      (resident - std::min(resident, shared)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const struct mallinfo2 heap = ::mallinfo2();
  usage.in_use = heap.uordblks + heap.hblkhd;
  return usage;
}

bool HeapLook::WorthTrimming(const Usage& usage) {
  kept_anyway_ -= kept_anyway_ / kForgotten;
  const uint64_t kept = usage.resident - std::min(usage.resident, usage.in_use);
  return kept > kept_anyway_ + kWorthwhile + usage.in_use / 4;
}

void HeapLook::Trimmed(const Usage& after) {
  kept_anyway_ = after.resident - std::min(after.resident, after.in_use);
}

HeapTrimmer::HeapTrimmer(absl::Duration period) : period_(period), thread_([this] { Loop(); }) {}

HeapTrimmer::~HeapTrimmer() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void HeapTrimmer::Loop() {
  HeapLook look;
  absl::Duration period = period_;
  while (true) {
    {
      MutexLock lock(&mutex_);
      const absl::Duration due = Clock::Real()->Monotonic() + period;
      while (!stopping_ && Clock::Real()->Monotonic() < due) {
        changed_.WaitFor(&mutex_, due - Clock::Real()->Monotonic());
      }
      if (stopping_) return;
    }
    const absl::Duration begun = Clock::Real()->Monotonic();
    const bool worth = look.WorthTrimming(HeapLook::Measure());
    const absl::Duration looked = Clock::Real()->Monotonic();
    if (worth) {
      ::malloc_trim(0);
      look.Trimmed(HeapLook::Measure());
    }
    const absl::Duration trimmed = Clock::Real()->Monotonic();
    period = std::clamp(std::max((looked - begun) * kLookShare, (trimmed - looked) * kTrimShare),
                        period_, kLongestPeriod);
  }
}

}  // namespace proctor
