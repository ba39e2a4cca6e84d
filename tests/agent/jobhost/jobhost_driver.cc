// Measures the job host: plays the agent with many launches in flight and prints jobs a second,
// beside a raw clone3 loop in pooled cgroups on the same machine.

#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/agent/jobhost/host_client.h"
#include "tests/agent/jobhost/host_process.h"
#include "tests/agent/jobhost/raw_loop.h"

namespace proctor::jobhost {
namespace {

struct DriverOptions {
  int jobs = 8000;
  int in_flight = 64;
  int raw_threads = 2;
  std::string program = "/bin/true";
  bool spool = true;
  bool steps = false;
  int running = 0;  // Jobs that run all the while.
  std::string containment = "auto";
};

// Where the time of a launch goes, in microseconds, on average.
void PrintSteps(const HostClient& client) {
  std::map<int, std::pair<double, int>> steps;
  for (const auto& [id, report] : client.reports()) {
    for (int i = 0; i < report.steps_size(); ++i) {
      steps[report.steps(i)].first += static_cast<double>(report.step_durations_ns(i)) / 1000;
      ++steps[report.steps(i)].second;
    }
  }
  for (const auto& [step, sum] : steps) {
    std::printf("%-20s %8.2f us\n", Step_Name(static_cast<Step>(step)).c_str(),
                sum.first / sum.second);
  }
}

absl::StatusOr<double> JobsPerSecond(HostClient& client, const DriverOptions& options) {
  int launched = 0;
  int ended = 0;
  ToHost acknowledge;
  const absl::Time begin = absl::Now();
  while (ended < options.jobs) {
    while (launched < options.jobs && launched - ended < options.in_flight) {
      Launch launch = MakeLaunch(absl::StrCat("job-", ++launched), {options.program});
      if (options.spool) Spool(&launch);
      const absl::Status sent = client.Start(launch);
      if (!sent.ok()) return sent;
    }
    const absl::StatusOr<ToAgent> message = client.Next();
    if (!message.ok()) return message.status();
    const JobReport& report = message->job_report();
    if (report.phase() == LAUNCH_FAILED) return absl::InternalError(report.failure().detail());
    if (report.phase() != FINAL) continue;
    ++ended;
    acknowledge.mutable_acknowledge()->add_job_ids(report.job_id());
    if (acknowledge.acknowledge().job_ids_size() < 16 && ended < options.jobs) continue;
    const absl::Status sent = client.Send(acknowledge);
    if (!sent.ok()) return sent;
    acknowledge.Clear();
  }
  return options.jobs / absl::ToDoubleSeconds(absl::Now() - begin);
}

absl::Status StartRunning(HostClient& client, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string id = absl::StrCat("running-", i);
    absl::Status started = client.Start(MakeLaunch(id, {"/bin/sleep", "100000"}));
    if (!started.ok()) return started;
    started = client.AwaitPhase(id, RUNNING).status();
    if (!started.ok()) return started;
  }
  return absl::OkStatus();
}

// CPU time of the process and its threads; what its children used is theirs.
double CpuSeconds(pid_t pid) {
  clockid_t clock;
  timespec used = {};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

absl::Status Run(const DriverOptions& options) {
  HostProcess::Options host_options;
  host_options.containment = options.containment;
  const absl::StatusOr<HostProcess> host = HostProcess::Start(host_options);
  if (!host.ok()) return host.status();
  absl::StatusOr<HostClient> client = HostClient::Attach(host->socket_path());
  if (!client.ok()) return client.status();
  const std::string cgroup_root = client->hello_reply().cgroup_root();
  if (absl::Status running = StartRunning(*client, options.running); !running.ok()) return running;
  for (int round = 0; round < 3; ++round) {
    const absl::StatusOr<double> raw =
        RawLoop(options.program, options.raw_threads, options.jobs / 2, cgroup_root);
    if (!raw.ok()) return raw.status();
    const double cpu_before = CpuSeconds(host->pid());
    const absl::StatusOr<double> hosted = JobsPerSecond(*client, options);
    if (!hosted.ok()) return hosted.status();
    std::printf("raw %.0f/s  host %.0f/s  ratio %.3f  %.0f us of CPU a job\n", *raw, *hosted,
                *hosted / *raw, (CpuSeconds(host->pid()) - cpu_before) * 1e6 / options.jobs);
    std::fflush(stdout);
  }
  if (options.steps) PrintSteps(*client);
  return absl::OkStatus();
}

}  // namespace
}  // namespace proctor::jobhost

int main(int argc, char** argv) {
  proctor::jobhost::DriverOptions options;
  CLI::App app("Measures proctor-jobhost.");
  app.add_option("--jobs", options.jobs);
  app.add_option("--in-flight", options.in_flight);
  app.add_option("--raw-threads", options.raw_threads);
  app.add_option("--program", options.program);
  app.add_option("--containment", options.containment);
  app.add_flag("--spool,!--no-spool", options.spool);
  app.add_flag("--steps", options.steps);
  app.add_option("--running", options.running, "Jobs that run all the while");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = proctor::jobhost::Run(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
