#include "tests/bench/raw_load.h"

#include <unistd.h>

#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/clock.h"
#include "tests/bench/cgroup_directory.h"
#include "tests/bench/raw_spawn.h"

namespace proctor::bench {
namespace {

absl::Status SpawnAndWait(const std::string& program, int cgroup) {
  char* argv[] = {const_cast<char*>(program.c_str()), nullptr};
  absl::StatusOr<RawProcess> process = RawSpawn(argv, cgroup);
  if (!process.ok()) return process.status();
  return RawWait(*process);
}

// One thread's loop and what it saw.
class Loop {
 public:
  Loop(std::string program, CgroupMode mode, const CgroupDirectory* root, int index)
      : program_(std::move(program)), mode_(mode), root_(root), index_(index) {}

  void RunUntil(absl::Duration deadline) {
    absl::optional<CgroupDirectory> pooled;
    if (mode_ == CgroupMode::kPooled) {
      absl::StatusOr<CgroupDirectory> slot = root_->CreateChild(absl::StrCat("pool-", index_));
      status_.Update(slot.status());
      if (slot.ok()) pooled.emplace(*std::move(slot));
    }
    absl::Duration start = Clock::Real()->Monotonic();
    while (status_.ok() && start < deadline) {
      status_.Update(Once(pooled.has_value() ? pooled->fd() : -1));
      const absl::Duration end = Clock::Real()->Monotonic();
      latencies_.push_back(end - start);
      start = end;
    }
  }

  const absl::Status& status() const { return status_; }
  const std::vector<absl::Duration>& latencies() const { return latencies_; }

 private:
  absl::Status Once(int pooled) {
    if (mode_ != CgroupMode::kOneEach) return SpawnAndWait(program_, pooled);
    absl::StatusOr<CgroupDirectory> own =
        root_->CreateChild(absl::StrCat("job-", index_, "-", latencies_.size()));
    if (!own.ok()) return own.status();
    return SpawnAndWait(program_, own->fd());
  }

  const std::string program_;
  const CgroupMode mode_;
  const CgroupDirectory* const root_;
  const int index_;
  absl::Status status_;
  std::vector<absl::Duration> latencies_;
};

}  // namespace

const char* CgroupModeName(CgroupMode mode) {
  switch (mode) {
    case CgroupMode::kNone:
      return "no cgroup";
    case CgroupMode::kOneEach:
      return "a cgroup each";
    case CgroupMode::kPooled:
      return "pooled cgroups";
  }
  return "";
}

absl::StatusOr<LoadResult> RunRawLoad(const std::string& program, CgroupMode mode, int threads,
                                      absl::Duration duration) {
  absl::optional<CgroupDirectory> root;
  if (mode != CgroupMode::kNone) {
    absl::StatusOr<CgroupDirectory> made =
        CgroupDirectory::CreateBelowOwn(absl::StrCat("proctor-bench-", ::getpid()));
    if (!made.ok()) return made.status();
    root.emplace(*std::move(made));
  }
  const CgroupDirectory* parent = root.has_value() ? &*root : nullptr;
  std::vector<Loop> loops;
  for (int i = 0; i < threads; ++i) loops.emplace_back(program, mode, parent, i);
  const absl::Duration start = Clock::Real()->Monotonic();
  std::vector<std::thread> workers;
  for (Loop& loop : loops)
    workers.emplace_back([&loop, start, duration] { loop.RunUntil(start + duration); });
  for (std::thread& worker : workers) worker.join();
  const absl::Duration elapsed = Clock::Real()->Monotonic() - start;
  std::vector<absl::Duration> latencies;
  for (const Loop& loop : loops) {
    if (!loop.status().ok()) return loop.status();
    latencies.insert(latencies.end(), loop.latencies().begin(), loop.latencies().end());
  }
  return Summarise(std::move(latencies), elapsed);
}

}  // namespace proctor::bench
