#ifndef PROCTOR_TESTS_BENCH_BENCH_SETTINGS_H_
#define PROCTOR_TESTS_BENCH_BENCH_SETTINGS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "proctor/v1/job.pb.h"

namespace proctor::bench {

// How much is done of everything.
struct BenchSettings {
  int rounds;                 // Of which the median is taken.
  absl::Duration round_time;  // Of one load.
  bool session_mode;          // Measure the agent without cgroups too.
  int commands;               // Runs of each whole command.
  uint64_t output_bytes;
  int output_rounds;
  int waits;
  int finished_jobs;
  int tree_processes;
  int kills;
  int sessions;
};

BenchSettings FullSettings();   // Below five minutes on two cores.
BenchSettings QuickSettings();  // Below one.

// A job of one program without arguments.
v1::LaunchSpec SpecOf(const std::string& program);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_BENCH_SETTINGS_H_
