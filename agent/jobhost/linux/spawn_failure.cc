#include "agent/jobhost/linux/spawn_failure.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "agent/jobhost/linux/program_interpreter.h"
#include "common/os_error.h"
#include "common/utf8.h"

namespace proctor::jobhost {
namespace {

const char* CallOf(Step step) {
  switch (step) {
    case SIGNALS:
      return "rt_sigprocmask";
    case SESSION:
      return "setsid";
    case STANDARD_STREAMS:
      return "dup3";
    case UMASK:
      return "umask";
    case SESSION_KEYRING:
      return "keyctl KEYCTL_JOIN_SESSION_KEYRING";
    case RESOURCE_LIMITS:
      return "prlimit64";
    case SET_GROUPS:
      return "setgroups";
    case SET_GID:
      return "setresgid";
    case CLOSE_DESCRIPTORS:
      return "close_range";
    case BOUNDING_SET:
      return "prctl PR_CAPBSET_DROP";
    case SET_UID:
      return "setresuid";
    case AMBIENT_SET:
      return "capset";
    case VERIFY_IDENTITY:
      return "getresuid, getresgid, getgroups, capget";
    case WORKING_DIRECTORY:
      return "chdir";
    case OPEN_STDOUT:
    case OPEN_STDERR:
      return "openat";
    case NO_NEW_PRIVILEGES:
      return "prctl PR_SET_NO_NEW_PRIVS";
    case EXECUTE:
      return "execve";
    case PARENT_DEATH_SIGNAL:
      return "prctl PR_SET_PDEATHSIG";
    default:
      return "clone3";
  }
}

const char* Words(SpawnDetail detail) {
  switch (detail) {
    case SpawnDetail::kNone:
      return "";
    case SpawnDetail::kNotARegularFile:
      return "not a regular file, and special files were not allowed";
    case SpawnDetail::kUserMismatch:
      return "the user ids read back are not those asked for";
    case SpawnDetail::kGroupMismatch:
      return "the group ids read back are not those asked for";
    case SpawnDetail::kSupplementaryGroupsMismatch:
      return "the supplementary groups read back are not those asked for";
    case SpawnDetail::kCapabilitiesLeft:
      return "the process still has capabilities";
    case SpawnDetail::kUserRegained:
      return "the process could become uid 0 again";
    case SpawnDetail::kGroupRegained:
      return "the process could become gid 0 again";
    case SpawnDetail::kHostDied:
      return "the job host died meanwhile";
    case SpawnDetail::kOomScoreKept:
      return "the process could not give up the job host's protection from the OOM killer";
    case SpawnDetail::kNotInPath:
      return "in no directory of PATH";
    case SpawnDetail::kDirectory:
      return "this is a directory";
  }
  return "";
}

// Of a candidate, which is a directory of PATH and the program's name.
absl::string_view NameOf(absl::string_view candidate) {
  return candidate.substr(candidate.rfind('/') + 1);
}

std::string SubjectOf(const SpawnPlan& plan, const Launch& launch) {
  switch (plan.step) {
    case WORKING_DIRECTORY:
      return launch.working_directory();
    case OPEN_STDOUT:
      return launch.standard_output().path();
    case OPEN_STDERR:
      return launch.standard_error().path();
    case EXECUTE:
      if (plan.detail == SpawnDetail::kNotInPath) {
        return std::string(NameOf(launch.executable_candidates(0)));
      }
      return plan.index < launch.executable_candidates_size()
                 ? launch.executable_candidates(plan.index)
                 : "";
    default:
      return "";
  }
}

// What makes execve say ENOENT of a program that is there.
std::string DescribeInterpreter(const SpawnPlan& plan) {
  if (plan.head_bytes <= 0) return std::string();
  const std::string interpreter =
      InterpreterOf(absl::string_view(plan.head, static_cast<size_t>(plan.head_bytes)));
  if (interpreter.empty()) return std::string();
  return absl::StrCat("the program is there, its interpreter \"", absl::CHexEscape(interpreter),
                      "\" is not");
}

}  // namespace

LaunchFailure DescribeSpawnFailure(const SpawnPlan& plan, const Launch& launch) {
  LaunchFailure failure;
  failure.set_step(static_cast<Step>(plan.step));
  failure.set_call(plan.detail == SpawnDetail::kOomScoreKept ? "write" : CallOf(failure.step()));
  failure.set_error(plan.error);
  failure.set_subject(SubjectOf(plan, launch));
  failure.set_detail(plan.head_bytes > 0 ? DescribeInterpreter(plan) : Words(plan.detail));
  return failure;
}

LaunchFailure FailureFromStatus(Step step, const absl::Status& status) {
  LaunchFailure failure;
  failure.set_step(step);
  const absl::optional<OsError> error = GetOsError(status);
  if (error.has_value()) {
    failure.set_call(error->call);
    failure.set_error(error->code);
    failure.set_subject(error->subject);
  }
  failure.set_detail(EscapeInvalidUtf8(status.message()));
  return failure;
}

}  // namespace proctor::jobhost
