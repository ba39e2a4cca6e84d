#include "agent/job/launch_parameters.h"

#include <algorithm>

#include "common/proto_time.h"
#include "common/signal_number.h"

namespace proctor {
namespace {

// A repeated request within this time after the end must find its job, or it would run twice.
constexpr absl::Duration kRepeatWindow = absl::Seconds(60);
constexpr absl::Duration kLaunchAttachWindow = absl::Seconds(60);

uint64_t StreamLimit(const v1::OutputTarget& target, const LaunchDefaults& defaults) {
  switch (target.target_case()) {
    case v1::OutputTarget::kDiscard:
    case v1::OutputTarget::kFile:
    case v1::OutputTarget::kMerge:
      return 0;
    case v1::OutputTarget::kSpool:
      return target.spool().has_limit_bytes() ? target.spool().limit_bytes()
                                              : defaults.stream_bytes;
    case v1::OutputTarget::TARGET_NOT_SET:
      return defaults.stream_bytes;
  }
  return defaults.stream_bytes;
}

void ResolveCallerGone(const v1::LaunchSpec& spec, LaunchKind kind, LaunchParameters* parameters) {
  const bool run = kind == LaunchKind::kRun;
  parameters->on_caller_gone = spec.on_caller_gone().action();
  if (parameters->on_caller_gone == v1::OnCallerGone::ACTION_UNSPECIFIED) {
    parameters->on_caller_gone = run ? v1::OnCallerGone::KILL : v1::OnCallerGone::KEEP;
  }
  if (spec.on_caller_gone().has_after()) {
    parameters->caller_gone_after = FromDurationProto(spec.on_caller_gone().after());
  } else {
    parameters->caller_gone_after = run ? absl::ZeroDuration() : kLaunchAttachWindow;
  }
}

}  // namespace

LaunchParameters ResolveLaunch(const v1::LaunchSpec& spec, LaunchKind kind,
                               const LaunchDefaults& defaults) {
  LaunchParameters parameters;
  parameters.timeout = FromDurationProto(spec.timeout());
  parameters.kill_signal =
      spec.kill_policy().signal() == 0 ? kSignalTerminate : spec.kill_policy().signal();
  parameters.grace_period = spec.kill_policy().has_grace_period()
                                ? FromDurationProto(spec.kill_policy().grace_period())
                                : defaults.grace_period;
  parameters.keep_tree = spec.tree_after_main() == v1::KEEP_TREE;
  ResolveCallerGone(spec, kind, &parameters);
  parameters.retention =
      spec.has_retention() ? FromDurationProto(spec.retention()) : defaults.retention;
  if (!spec.request_id().empty()) {
    parameters.retention = std::max(parameters.retention, kRepeatWindow);
  }
  parameters.stdout_limit = StreamLimit(spec.standard_output(), defaults);
  parameters.stderr_limit = StreamLimit(spec.standard_error(), defaults);
  return parameters;
}

}  // namespace proctor
