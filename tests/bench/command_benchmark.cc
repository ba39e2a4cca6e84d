#include "tests/bench/command_benchmark.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/agent_process.h"
#include "tests/bench/child_process.h"
#include "tests/bench/load_result.h"
#include "tests/bench/ssh_server.h"

namespace proctor::bench {
namespace {

struct Contestant {
  std::string name;
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::vector<absl::Duration> times;
};

absl::Duration Total(const std::vector<absl::Duration>& times) {
  absl::Duration total;
  for (const absl::Duration time : times) total += time;
  return total;
}

Figure ToFigure(const Contestant& contestant) {
  const LoadResult result = Summarise(contestant.times, Total(contestant.times));
  Figure figure;
  figure.group = "whole command, one after the other";
  figure.name = contestant.name;
  figure.value = absl::ToDoubleMilliseconds(result.p50);
  figure.unit = "ms";
  figure.p50 = result.p50;
  figure.p99 = result.p99;
  return figure;
}

absl::Status RunRounds(int rounds, std::vector<Contestant>* contestants) {
  for (int round = 0; round < rounds; ++round) {
    for (Contestant& contestant : *contestants) {
      absl::StatusOr<absl::Duration> time = TimeCommand(contestant.argv, contestant.environment);
      if (!time.ok()) return time.status();
      contestant.times.push_back(*time);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasureCommand(const BenchSettings& settings) {
  absl::StatusOr<std::unique_ptr<AgentProcess>> agent = AgentProcess::Start("auto");
  if (!agent.ok()) return agent.status();
  absl::StatusOr<std::unique_ptr<SshServer>> ssh = SshServer::Start();
  std::vector<Contestant> contestants = {{"/bin/true", {"/bin/true"}, {}, {}},
                                         {"proctor run -- true",
                                          {PROCTOR_BIN_DIR "/proctor", "run", "--", "true"},
                                          {absl::StrCat("PROCTOR_AGENT=", (*agent)->target())},
                                          {}}};
  if (ssh.ok())
    contestants.push_back({"ssh, ControlMaster: true", (*ssh)->Command("true"), {}, {}});
  const absl::Status run = RunRounds(settings.commands, &contestants);
  if (!run.ok()) return run;

  std::vector<Figure> figures;
  for (const Contestant& contestant : contestants) figures.push_back(ToFigure(contestant));
  if (ssh.ok()) {
    figures[1].limit = figures[2].value;
    figures[1].limit_name = figures[2].name;
    figures[1].target = "ratio < 1";
    figures[1].target_met = figures[1].value < figures[2].value;
  } else {
    Figure skipped;
    skipped.group = figures[0].group;
    skipped.name = "ssh, ControlMaster: true";
    skipped.skipped = std::string(ssh.status().message());
    figures.push_back(skipped);
  }
  return figures;
}

}  // namespace proctor::bench
