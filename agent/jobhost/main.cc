// proctor-jobhost: spawns and supervises the jobs of one proctord.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "agent/jobhost/host_options.h"
#include "agent/jobhost/job_host.h"
#include "common/log.h"
#include "common/log_setup.h"
#include "common/posix/working_directory.h"
#include "common/protobuf_log.h"
#include "common/standard_descriptors.h"

PROCTOR_FILL_STANDARD_DESCRIPTORS(kEmpty)

namespace {

constexpr int kUsageError = 2;

using Choice = proctor::jobhost::HostOptions::ContainmentChoice;

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
  CLI::App app("Spawns and supervises jobs for proctord.");
  app.set_version_flag("--version", PROCTOR_VERSION);
  app.add_option("--socket", options.socket_path,
                 "Unix socket (SEQPACKET) to listen on; without it the one systemd passes");
  app.add_option("--spool-dir", options.spool_dir, "Directory for the output of jobs")->required();
  app.add_option("--spool-reserve", spool_reserve,
                 "Bytes left free on the disk of the spool; default: a twentieth of it, at least "
                 "64 MiB, at most 1 GiB, never more than half");
  app.add_option("--containment", options.containment, "How jobs are held: auto, cgroup, session")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Choice>{
          {"auto", Choice::kAuto}, {"cgroup", Choice::kCgroup}, {"session", Choice::kSession}}));
  app.add_option("--cgroup-parent", options.cgroup_parent,
                 "cgroup v2 directory to make jobs below; default: the host's own cgroup");
  app.add_option("--instance", options.instance, "Name of this host's cgroup: proctor-NAME")
      ->check([](const std::string& name) {
        const bool plain = !name.empty() && name.find('/') == std::string::npos && name != "..";
        return plain ? std::string() : std::string("not a plain name");
      });
  app.add_option("--logon-program", options.logon_program,
                 "PAM helper; default: proctor-logon beside this program");
  app.add_option("--pam-config", options.pam_config,
                 "Directory of PAM service files; default: the machine's own");
  app.add_option("--launch-deadline", launch_deadline, "Seconds a launch may take")
      ->check(CLI::PositiveNumber);
  app.add_option("--exit-when-idle", exit_when_idle,
                 "Seconds without agent and jobs after which to exit; 0: never")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--log-level", log.level, "trace, debug, info, warning, error, critical, off")
      ->check(LogLevelName);
  app.add_option("--log-file", log.file, "File to log to; default: standard error");
  app.add_option("--ready-fd", options.ready_fd, "Descriptor to write a byte to when listening");
  uint64_t open_files = 0;
  const CLI::Option* const has_open_files =
      app.add_option(
             "--open-files", open_files,
             "Soft limit of open files that jobs get; default: the one this was started with")
          ->check(CLI::PositiveNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  if (*has_open_files) options.open_files = open_files;
  if (app.count("--spool-reserve") > 0) options.spool_reserve_bytes = spool_reserve;
  options.launch_deadline = absl::Seconds(launch_deadline);
  options.exit_when_idle = absl::Seconds(exit_when_idle);
  absl::Status ready = proctor::LeaveWorkingDirectory(
      {&options.socket_path, &options.spool_dir, &options.cgroup_parent, &options.logon_program,
       &options.pam_config, &log.file});
  if (ready.ok()) ready = proctor::OpenLog("jobhost", log);
  if (!ready.ok()) {
    std::fprintf(stderr, "proctor-jobhost: %s\n", std::string(ready.message()).c_str());
    return 1;
  }
  const absl::Status status = proctor::jobhost::RunJobHost(options);
  if (!status.ok()) proctor::LogCritical(status.ToString());
  proctor::EndLog();
  return status.ok() ? 0 : 1;
}
