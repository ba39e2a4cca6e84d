#include "tests/bench/call_load.h"

#include <thread>
#include <utility>
#include <vector>

#include "common/clock.h"

namespace proctor::bench {
namespace {

struct Loop {
  absl::Status status;
  std::vector<absl::Duration> latencies;
};

void RunUntil(absl::Duration deadline, const std::function<absl::Status()>& call, Loop* loop) {
  absl::Duration start = Clock::Real()->Monotonic();
  while (loop->status.ok() && start < deadline) {
    loop->status = call();
    const absl::Duration end = Clock::Real()->Monotonic();
    loop->latencies.push_back(end - start);
    start = end;
  }
}

}  // namespace

absl::StatusOr<LoadResult> RunCallLoad(const std::function<absl::Status()>& call, int threads,
                                       absl::Duration duration) {
  std::vector<Loop> loops(threads);
  std::vector<std::thread> workers;
  const absl::Duration start = Clock::Real()->Monotonic();
  for (Loop& loop : loops) {
    workers.emplace_back(
        [&call, &loop, deadline = start + duration] { RunUntil(deadline, call, &loop); });
  }
  for (std::thread& worker : workers) worker.join();
  const absl::Duration elapsed = Clock::Real()->Monotonic() - start;
  std::vector<absl::Duration> latencies;
  for (const Loop& loop : loops) {
    if (!loop.status.ok()) return loop.status;
    latencies.insert(latencies.end(), loop.latencies.begin(), loop.latencies.end());
  }
  return Summarise(std::move(latencies), elapsed);
}

}  // namespace proctor::bench
