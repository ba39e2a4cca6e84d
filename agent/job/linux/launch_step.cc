#include "agent/job/launch_step.h"

#include <cerrno>

namespace proctor {
namespace {

constexpr HostStage kHostStages[] = {
    {v1::IMPERSONATE, "chdir, openat", "directory and redirections entered as the user"},
    {v1::VERIFY, "getresuid, getresgid, getgroups, capget",
     "the child read back exactly the requested identity"},
    {v1::CREATE, "clone3, execve", ""},
};

}  // namespace

absl::Span<const HostStage> HostStages() { return kHostStages; }

v1::PipelineStage StageOf(jobhost::Step step) {
  switch (step) {
    case jobhost::WORKING_DIRECTORY:
    case jobhost::OPEN_STDOUT:
    case jobhost::OPEN_STDERR:
      return v1::IMPERSONATE;
    case jobhost::SET_GROUPS:
    case jobhost::SET_GID:
    case jobhost::SET_UID:
    case jobhost::AMBIENT_SET:
      return v1::MAKE_PRIMARY;
    case jobhost::BOUNDING_SET:
    case jobhost::NO_NEW_PRIVILEGES:
      return v1::RESTRICT;
    case jobhost::SESSION_KEYRING:
    case jobhost::RESOURCE_LIMITS:
    case jobhost::PAM_SESSION:
      return v1::PREPARE_ENVIRONMENT;
    case jobhost::VERIFY_IDENTITY:
      return v1::VERIFY;
    default:
      return v1::CREATE;
  }
}

v1::PipelineStage FailedStage(const jobhost::LaunchFailure& failure) {
  // execve resolves the program as the user before it creates anything.
  const bool resolution = failure.error() == ENOENT || failure.error() == EACCES ||
                          failure.error() == ENOTDIR || failure.error() == ELOOP;
  if (failure.step() == jobhost::EXECUTE && resolution) return v1::IMPERSONATE;
  return StageOf(failure.step());
}

const char* LaunchAdvice(const jobhost::LaunchFailure& failure) {
  if (failure.step() == jobhost::PAM_SESSION) {
    return "see what the PAM service's modules say in the machine's authentication log";
  }
  switch (failure.error()) {
    case ENOENT:
      return failure.step() == jobhost::EXECUTE
                 ? "check the program's name and the PATH of the job's environment; for a script, "
                   "its interpreter"
                 : "check the path; it is looked up on the agent's machine, as the job's user";
    case EACCES:
      return "the job's user needs execute permission on the program, search permission on every "
             "directory above it, and write permission on redirected files";
    case ENOEXEC:
      return "the file is neither a program of this machine nor a script that starts with #!";
    case E2BIG:
      return "shorten the arguments or the environment";
    case EMFILE:
    case ENFILE:
      return "raise the open-file limit of proctor-jobhost";
    case EAGAIN:
    case ENOMEM:
      return "the user's process limit or the machine's memory is exhausted; retry later";
    case EPERM:
      return "the job host lacks a privilege; see DescribeAgent.capabilities";
    default:
      return failure.step() == jobhost::LAUNCH_DEADLINE
                 ? "a path of this launch does not answer (a hung mount?); retry when it does"
                 : "see the agent's log";
  }
}

}  // namespace proctor
