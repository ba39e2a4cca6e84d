// proctor-jobhost: spawns and supervises the jobs of one proctord.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "agent/jobhost/win32/break_sender.h"
#include "agent/jobhost/win32/host_options.h"
#include "agent/jobhost/win32/job_host.h"
#include "common/log.h"
#include "common/log_setup.h"
#include "common/protobuf_log.h"
#include "common/standard_descriptors.h"

PROCTOR_FILL_STANDARD_DESCRIPTORS(kEmpty)

namespace {

constexpr int kUsageError = 2;

std::string LogLevelName(const std::string& name) {
  return proctor::IsLogLevel(name) ? "" : "unknown level " + name;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): an exception here ends the program, as it should.
int main(int argc, char** argv) {
  proctor::SilenceProtobuf();
  proctor::jobhost::HostOptions options;
  proctor::LogOptions log;
  double launch_deadline = 30;
  double exit_when_idle = 0;
  uint64_t spool_reserve = 0;
  std::string deliver_break;
  CLI::App app("Spawns and supervises jobs for proctord.");
  app.set_version_flag("--version", PROCTOR_VERSION);
  app.add_option("--pipe", options.pipe, "Named pipe to serve: \\\\.\\pipe\\NAME");
  app.add_option("--spool-dir", options.spool_dir, "Directory for the output of jobs");
  app.add_option("--spool-reserve", spool_reserve,
                 "Bytes left free on the disk of the spool; default: a twentieth of it, at least "
                 "64 MiB, at most 1 GiB, never more than half");
  app.add_option("--launch-deadline", launch_deadline, "Seconds a launch may take")
      ->check(CLI::PositiveNumber);
  app.add_option("--exit-when-idle", exit_when_idle,
                 "Seconds without agent and jobs after which to exit; 0: never")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--log-level", log.level, "trace, debug, info, warning, error, critical, off")
      ->check(LogLevelName);
  app.add_option("--log-file", log.file, "File to log to; default: standard error");
  app.add_option("--ready-event", options.ready_event,
                 "Inherited handle of an event to set when listening");
  app.add_option("--stop-event", options.stop_event,
                 "Inherited handle of an event that, once set, stops the host");
  // The host starts itself with this to reach a job's console.
  app.add_option("--deliver-break", deliver_break, "")->group("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  if (!deliver_break.empty()) return proctor::jobhost::BreakSender::Deliver(deliver_break);
  if (options.pipe.empty() || options.spool_dir.empty()) {
    std::fprintf(stderr, "proctor-jobhost: --pipe and --spool-dir are required\n");
    return kUsageError;
  }
  if (app.count("--spool-reserve") > 0) options.spool_reserve_bytes = spool_reserve;
  options.launch_deadline = absl::Seconds(launch_deadline);
  options.exit_when_idle = absl::Seconds(exit_when_idle);
  if (const absl::Status opened = proctor::OpenLog("jobhost", log); !opened.ok()) {
    std::fprintf(stderr, "proctor-jobhost: %s\n", std::string(opened.message()).c_str());
    return 1;
  }
  proctor::StartLog();
  const absl::Status status = proctor::jobhost::RunJobHost(options);
  if (!status.ok()) proctor::LogCritical(status.ToString());
  proctor::EndLog();
  return status.ok() ? 0 : 1;
}
