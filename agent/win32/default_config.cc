#include "agent/win32/default_config.h"

namespace proctor {

absl::string_view DefaultConfig() {
  return R"(# Configuration of the service proctord; every field is optional, and what stands here behind '#' is
# what holds without it. All fields: proctor/config/config.proto. Backslashes are doubled.
# After a change: proctord reload, or a restart of the service for what reload says takes one.

# The pipe for callers of this machine, below \\.\pipe\.
# pipe: "proctor-agent"

# For callers over the network, "address:port". Local callers come through the pipe.
# tls_listen: ""

# Journal, spool, certificate. Default: this file's folder in %ProgramData%.
# state_directory: "C:\\ProgramData\\Proctor"

# Members of this group (a SID) see and end every user's jobs.
# administrators_group: "S-1-5-32-544"

# limits {
#   max_running_jobs_per_user: 4096
#   max_spool_bytes_per_user: 137438953472
# }

# defaults {
#   stream_bytes: 8388608            # kept of each output stream
#   retention_seconds: 900           # how long records and output stay
#   grace_period_milliseconds: 10000
# }

# Beside it, warnings, errors and the service's start and stop are in the event log (Application,
# source proctord).
# log {
#   file: "C:\\ProgramData\\Proctor\\proctord.log"
#   level: "info"
# }
)";
}

}  // namespace proctor
