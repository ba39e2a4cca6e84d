#include "tests/bench/memory_benchmark.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/agent_process.h"
#include "tests/bench/job_load.h"
#include "tests/bench/process_memory.h"
#include "tests/bench/rss_watch.h"

namespace proctor::bench {
namespace {

constexpr double kIdleTargetBytes = 25e6;

Figure Megabytes(const std::string& name, double bytes) {
  Figure figure;
  figure.group = "agent memory";
  figure.name = name;
  figure.value = bytes / 1e6;
  figure.unit = "MB";
  return figure;
}

absl::StatusOr<std::vector<Figure>> Idle(const AgentProcess& agent) {
  absl::StatusOr<int64_t> settled = SettledRss(agent.pid());
  if (!settled.ok()) return settled.status();
  absl::StatusOr<ProcessMemory> daemon = ReadProcessMemory(agent.pid());
  if (!daemon.ok()) return daemon.status();
  absl::StatusOr<ProcessMemory> host = ReadProcessMemory(agent.host_pid());
  if (!host.ok()) return host.status();
  Figure sum = Megabytes("idle, both, resident", static_cast<double>(daemon->rss + host->rss));
  sum.target = "at most 25 MB";
  sum.target_met = static_cast<double>(daemon->rss + host->rss) <= kIdleTargetBytes;
  return std::vector<Figure>{
      sum, Megabytes("idle, proctord, resident", static_cast<double>(daemon->rss)),
      Megabytes("idle, proctor-jobhost, resident", static_cast<double>(host->rss)),
      Megabytes("idle, both, proportional", static_cast<double>(daemon->pss + host->pss))};
}

// Runs about `count` jobs to their end; returns how many records the agent has.
absl::StatusOr<int64_t> FinishJobs(const AgentProcess& agent, int count) {
  while (true) {
    absl::StatusOr<v1::DescribeAgentResponse> now = agent.client().DescribeAgent();
    if (!now.ok()) return now.status();
    if (now->records() >= static_cast<uint64_t>(count)) return static_cast<int64_t>(now->records());
    absl::StatusOr<LoadResult> load =
        RunJobLoad(agent.target(), SpecOf(PROCTOR_BIN_DIR "/proctor_bench_exit"),
                   JobCalls::kLaunchWait, 64, absl::Milliseconds(100));
    if (!load.ok()) return load.status();
  }
}

Figure PerJob(const std::string& name, int64_t before, int64_t after, int64_t jobs) {
  Figure figure;
  figure.group = "agent memory";
  figure.name = name;
  figure.value = static_cast<double>(after - before) / static_cast<double>(jobs);
  figure.unit = "bytes";
  return figure;
}

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasureMemory(const BenchSettings& settings) {
  absl::StatusOr<std::unique_ptr<AgentProcess>> started = AgentProcess::Start("auto");
  if (!started.ok()) return started.status();
  const AgentProcess& agent = **started;
  absl::StatusOr<std::vector<Figure>> figures = Idle(agent);
  if (!figures.ok() || !agent.description().has_records()) return figures;

  // The first thousand jobs fill pools and caches; what comes after is the price of a record.
  absl::StatusOr<int64_t> warm = FinishJobs(agent, 1000);
  if (!warm.ok()) return warm.status();
  absl::StatusOr<int64_t> daemon_before = SettledRss(agent.pid());
  if (!daemon_before.ok()) return daemon_before.status();
  absl::StatusOr<int64_t> host_before = SettledRss(agent.host_pid());
  if (!host_before.ok()) return host_before.status();
  absl::StatusOr<int64_t> full =
      FinishJobs(agent, static_cast<int>(*warm) + settings.finished_jobs);
  if (!full.ok()) return full.status();
  absl::StatusOr<int64_t> daemon_after = SettledRss(agent.pid());
  if (!daemon_after.ok()) return daemon_after.status();
  absl::StatusOr<int64_t> host_after = SettledRss(agent.host_pid());
  if (!host_after.ok()) return host_after.status();
  figures->push_back(
      PerJob("per finished job, proctord", *daemon_before, *daemon_after, *full - *warm));
  figures->push_back(
      PerJob("per finished job, job host", *host_before, *host_after, *full - *warm));
  return figures;
}

}  // namespace proctor::bench
