// Proctor's benchmark: what it costs, beside what the machine itself gives in the same run.

#include <signal.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/bare_server.h"
#include "tests/bench/bench_settings.h"
#include "tests/bench/command_benchmark.h"
#include "tests/bench/figure.h"
#include "tests/bench/figure_json.h"
#include "tests/bench/figure_table.h"
#include "tests/bench/handshake_benchmark.h"
#include "tests/bench/kill_benchmark.h"
#include "tests/bench/memory_benchmark.h"
#include "tests/bench/output_benchmark.h"
#include "tests/bench/spawn_benchmark.h"
#include "tests/bench/wait_benchmark.h"

namespace proctor::bench {
namespace {

struct Benchmark {
  const char* name;
  const char* what;
  absl::StatusOr<std::vector<Figure>> (*measure)(const BenchSettings&);
};

constexpr Benchmark kBenchmarks[] = {
    {"memory", "memory of an idle agent and of finished jobs", MeasureMemory},
    {"wait", "thousands of Waits at once", MeasureWait},
    {"spawn", "spawning, against raw clone3 loops", MeasureSpawn},
    {"command", "whole commands, against ssh", MeasureCommand},
    {"output", "streamed output", MeasureOutput},
    {"kill", "the end of a big tree", MeasureKill},
    {"handshake", "sessions over TLS, against TLS alone and ssh", MeasureHandshake},
};

struct Options {
  bool quick = false;
  std::string json;
  std::vector<std::string> only;
  std::string bare_server;
};

bool Selected(const Options& options, const std::string& name) {
  if (options.only.empty()) return true;
  for (const std::string& wanted : options.only) {
    if (wanted == name) return true;
  }
  return false;
}

absl::Status WriteJson(const std::string& path, const std::vector<Figure>& figures) {
  absl::StatusOr<std::string> text = FormatJson(figures);
  if (!text.ok()) return text.status();
  std::ofstream file(path);
  file << *text;
  file.close();
  return file ? absl::OkStatus() : absl::InternalError(absl::StrCat("cannot write ", path));
}

// Returns the exit code: 1 when a benchmark could not be run.
int RunAll(const Options& options) {
  const BenchSettings settings = options.quick ? QuickSettings() : FullSettings();
  std::vector<Figure> figures;
  int failures = 0;
  for (const Benchmark& benchmark : kBenchmarks) {
    if (!Selected(options, benchmark.name)) continue;
    std::cerr << "  " << benchmark.name << ": " << benchmark.what << std::endl;
    absl::StatusOr<std::vector<Figure>> measured = benchmark.measure(settings);
    if (!measured.ok()) {
      ++failures;
      std::cerr << "  " << benchmark.name << " failed: " << measured.status() << std::endl;
      continue;
    }
    figures.insert(figures.end(), measured->begin(), measured->end());
  }
  std::cout << FormatTable(figures);
  if (!options.json.empty()) {
    const absl::Status written = WriteJson(options.json, figures);
    if (!written.ok()) {
      std::cerr << written << std::endl;
      ++failures;
    }
  }
  return failures == 0 ? 0 : 1;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Measures Proctor beside the limits of this machine.");
  app.add_flag("--quick", options.quick, "Less of everything, below a minute");
  app.add_option("--json", options.json, "Write the figures to this file too");
  app.add_option("--only", options.only,
                 "Only these: memory wait spawn command output kill handshake");
  app.add_option("--bare-server", options.bare_server)->group("");
  CLI11_PARSE(app, argc, argv);
  if (!options.bare_server.empty()) {
    const absl::Status served = ServeBare(options.bare_server);
    std::cerr << served << std::endl;
    return 1;
  }
  ::signal(SIGPIPE, SIG_IGN);
  // What agents and trees leave behind when they end becomes the benchmark's to reap.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  return RunAll(options);
}

}  // namespace
}  // namespace proctor::bench

int main(int argc, char** argv) { return proctor::bench::Main(argc, argv); }
