#include "tests/bench/spawn_benchmark.h"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/agent_process.h"
#include "tests/bench/job_load.h"
#include "tests/bench/load_result.h"
#include "tests/bench/raw_load.h"

namespace proctor::bench {
namespace {

constexpr std::array<CgroupMode, 3> kModes = {CgroupMode::kNone, CgroupMode::kOneEach,
                                              CgroupMode::kPooled};
constexpr double kFirstTarget = 0.75;

struct Program {
  std::string name;
  std::string path;
};

struct Agent {
  std::unique_ptr<AgentProcess> process;
  CgroupMode mode;  // What its jobs are to be compared with.
};

// The rounds of one contestant.
struct Series {
  std::string name;
  std::vector<LoadResult> rounds;
  absl::Status status;  // Why there is no figure.
  absl::optional<CgroupMode> limit;
  std::string target;

  void Add(absl::StatusOr<LoadResult> result) {
    status.Update(result.status());
    if (result.ok()) rounds.push_back(*result);
  }
};

absl::StatusOr<std::vector<Agent>> StartAgents(bool session_mode) {
  std::vector<Agent> agents;
  absl::StatusOr<std::unique_ptr<AgentProcess>> agent = AgentProcess::Start("auto");
  if (!agent.ok()) return agent.status();
  const bool cgroups = (*agent)->description().containment() == v1::CGROUP_V2;
  agents.push_back({*std::move(agent), cgroups ? CgroupMode::kPooled : CgroupMode::kNone});
  if (!session_mode || !cgroups) return agents;
  agent = AgentProcess::Start("session");
  if (!agent.ok()) return agent.status();
  agents.push_back({*std::move(agent), CgroupMode::kNone});
  return agents;
}

Figure ToFigure(const std::string& group, const Series& series,
                const std::array<Series, kModes.size()>& raw) {
  Figure figure;
  figure.group = group;
  figure.name = series.name;
  if (!series.status.ok() || series.rounds.empty()) {
    figure.skipped = std::string(series.status.message());
    return figure;
  }
  const LoadResult median = MedianOf(series.rounds);
  figure.value = median.per_second;
  figure.unit = "jobs/s";
  figure.p50 = median.p50;
  figure.p99 = median.p99;
  if (!series.limit.has_value()) return figure;
  const Series& limit = raw[static_cast<size_t>(*series.limit)];
  if (limit.rounds.empty()) return figure;
  figure.limit = MedianOf(limit.rounds).per_second;
  figure.limit_name = limit.name;
  if (!series.target.empty()) {
    figure.target = series.target;
    figure.target_met = *figure.ratio() >= kFirstTarget;
  }
  return figure;
}

// Contestants take turns, so that a slow second of the machine hits all of them.
std::vector<Figure> MeasureOne(const BenchSettings& settings, const std::vector<Agent>& agents,
                               const Program& program, int in_flight) {
  std::array<Series, kModes.size()> raw;
  for (size_t i = 0; i < kModes.size(); ++i) {
    raw[i].name = absl::StrCat("raw clone3, ", CgroupModeName(kModes[i]));
  }
  std::vector<Series> ours;
  for (const Agent& agent : agents) {
    const char* note =
        agent.process->description().containment() == v1::CGROUP_V2 ? "" : " (without cgroups)";
    const bool has_target = program.path == "/bin/true" && in_flight == 64 && *note == '\0';
    ours.push_back({absl::StrCat("Launch+Wait", note),
                    {},
                    {},
                    agent.mode,
                    has_target ? absl::StrCat("ratio >= ", kFirstTarget) : ""});
    ours.push_back({absl::StrCat("Run", note), {}, {}, agent.mode, ""});
  }
  const v1::LaunchSpec spec = SpecOf(program.path);
  for (int round = 0; round < settings.rounds; ++round) {
    for (size_t i = 0; i < kModes.size(); ++i) {
      if (raw[i].status.ok()) {
        raw[i].Add(RunRawLoad(program.path, kModes[i], in_flight, settings.round_time));
      }
    }
    for (size_t i = 0; i < ours.size(); ++i) {
      const JobCalls calls = i % 2 == 0 ? JobCalls::kLaunchWait : JobCalls::kRun;
      if (ours[i].status.ok()) {
        ours[i].Add(RunJobLoad(agents[i / 2].process->target(), spec, calls, in_flight,
                               settings.round_time));
      }
    }
  }
  const std::string group = absl::StrCat("spawn ", program.name, ", ", in_flight, " in flight");
  std::vector<Figure> figures;
  for (const Series& series : raw) figures.push_back(ToFigure(group, series, raw));
  for (const Series& series : ours) figures.push_back(ToFigure(group, series, raw));
  return figures;
}

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasureSpawn(const BenchSettings& settings) {
  absl::StatusOr<std::vector<Agent>> agents = StartAgents(settings.session_mode);
  if (!agents.ok()) return agents.status();
  const Program programs[] = {{"/bin/true", "/bin/true"},
                              {"static program", PROCTOR_BIN_DIR "/proctor_bench_exit"}};
  std::vector<Figure> figures;
  for (const Program& program : programs) {
    for (const int in_flight : {1, 64}) {
      for (Figure& figure : MeasureOne(settings, *agents, program, in_flight)) {
        figures.push_back(std::move(figure));
      }
    }
  }
  return figures;
}

}  // namespace proctor::bench
