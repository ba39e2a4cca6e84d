#ifndef PROCTOR_AGENT_JOB_LAUNCH_SPEC_H_
#define PROCTOR_AGENT_JOB_LAUNCH_SPEC_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// The bounds of the agent and of its platform on what a spec may ask for.
struct SpecLimits {
  uint64_t max_stream_bytes = uint64_t{16} << 30;
  absl::Duration max_retention = absl::Hours(24 * 7);

  // One argument, or one environment entry with its name and '='. Linux: MAX_ARG_STRLEN without the
  // terminator.
  size_t max_argument_bytes = 128 * 1024 - 1;
  // All arguments and environment entries, each with its terminator and a pointer to it. Linux: a
  // quarter of the usual 8 MiB stack limit, see execve(2), less what the login environment and the
  // program's path may take.
  size_t max_argument_block_bytes = (2 << 20) - 16 * 1024;
  // A path with its terminator does not exceed PATH_MAX.
  size_t max_path_bytes = 4095;
  // Windows: "C:name" is relative to a directory that the agent is in on that drive, and refused.
  bool has_drives = false;
  int max_signal = 64;
  // Windows: there are no arguments, variables and paths but those of UTF-16.
  bool takes_byte_strings = true;
};

constexpr int kMaxLabels = 64;

// Checks everything about a spec that can be known without asking the operating system about the
// job's user. The first fault found is an INVALID_ARGUMENT that names its field (GetErrorField).
// `spec` is as the client sent it: defaults need not have been applied.
absl::Status ValidateLaunchSpec(const v1::LaunchSpec& spec, const SpecLimits& limits);

// The same for parts of it that can be changed later; `field` is where they stand in the request.
absl::Status ValidateLabels(absl::string_view field,
                            const google::protobuf::Map<std::string, std::string>& labels);
absl::Status ValidateRetention(absl::string_view field, const google::protobuf::Duration& retention,
                               const SpecLimits& limits);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_LAUNCH_SPEC_H_
