#include "tests/bench/bench_settings.h"

namespace proctor::bench {

BenchSettings FullSettings() {
  BenchSettings settings = {};
  settings.rounds = 5;
  settings.round_time = absl::Milliseconds(800);
  settings.session_mode = true;
  settings.commands = 200;
  settings.output_bytes = uint64_t{1} << 30;
  settings.output_rounds = 3;
  settings.waits = 10'000;
  settings.finished_jobs = 10'000;
  settings.tree_processes = 500;
  settings.kills = 5;
  settings.sessions = 5'000;
  return settings;
}

BenchSettings QuickSettings() {
  BenchSettings settings = FullSettings();
  settings.rounds = 3;
  settings.round_time = absl::Milliseconds(300);
  settings.session_mode = false;
  settings.commands = 30;
  settings.output_bytes = uint64_t{1} << 27;
  settings.finished_jobs = 2'000;
  settings.kills = 3;
  settings.sessions = 500;
  return settings;
}

v1::LaunchSpec SpecOf(const std::string& program) {
  v1::LaunchSpec spec;
  spec.add_argv(program);
  return spec;
}

}  // namespace proctor::bench
