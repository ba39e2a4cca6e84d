#ifndef PROCTOR_AGENT_JOBHOST_HOST_OPTIONS_H_
#define PROCTOR_AGENT_JOBHOST_HOST_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace proctor::jobhost {

// What the command line says.
struct HostOptions {
  enum class ContainmentChoice { kAuto, kCgroup, kSession };

  std::string socket_path;                       // Empty: the socket that systemd passed.
  std::string spool_dir;                         // Must exist.
  absl::optional<uint64_t> spool_reserve_bytes;  // Nullopt: by the size of the file system.
  ContainmentChoice containment = ContainmentChoice::kAuto;
  std::string cgroup_parent;  // Empty: below the host's own cgroup.
  std::string instance = "default";
  std::string logon_program;  // proctor-logon. Empty: beside this one.
  std::string pam_config;     // Where PAM service files are. Empty: where PAM looks for them.
  absl::Duration launch_deadline = absl::Seconds(30);
  absl::Duration exit_when_idle = absl::ZeroDuration();  // Zero: never.
  int ready_fd = -1;
  // The jobs' soft limit of open files. Absent: the host's own, as it was started.
  absl::optional<uint64_t> open_files;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_HOST_OPTIONS_H_
