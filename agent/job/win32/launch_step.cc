#include "agent/job/launch_step.h"

#include <windows.h>

namespace proctor {
namespace {

// ERROR_ELEVATION_REQUIRED, which mingw's headers leave out.
constexpr int kElevationRequired = 740;

constexpr HostStage kHostStages[] = {
    {v1::VERIFY, "IsProcessInJob, OpenProcessToken, GetTokenInformation",
     "the suspended child is in its job object and carries the requested token"},
    {v1::CREATE, "CreateProcessAsUserW, ResumeThread", ""},
};

}  // namespace

absl::Span<const HostStage> HostStages() { return kHostStages; }

v1::PipelineStage StageOf(jobhost::Step step) {
  return step == jobhost::VERIFY_PROCESS ? v1::VERIFY : v1::CREATE;
}

v1::PipelineStage FailedStage(const jobhost::LaunchFailure& failure) {
  return failure.step() == jobhost::PREPARE ? v1::PREPARE_ENVIRONMENT : StageOf(failure.step());
}

bool FollowsPath(jobhost::Step step) { return step == jobhost::CREATE_PROCESS; }

const char* LaunchAdvice(const jobhost::LaunchFailure& failure) {
  switch (failure.error()) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
      return "check the program's path and the working directory; both are those of the agent's "
             "machine";
    case ERROR_ACCESS_DENIED:
      return "the job's user needs permission to execute the program and to enter the directory";
    case ERROR_BAD_EXE_FORMAT:
    case ERROR_INVALID_EXE_SIGNATURE:
    case ERROR_EXE_MACHINE_TYPE_MISMATCH:
      return "the file is not a program that this Windows can run";
    case ERROR_DIRECTORY:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
      return "the working directory or the program's path is none that Windows accepts";
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
      return "somebody has the program open for writing; retry when it is complete";
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
    case ERROR_NETNAME_DELETED:
      return "the network share that the path is on does not answer, or the job's user may not use "
             "it";
    case kElevationRequired:
      return "the program asks for an administrator's rights, which the job's token does not have";
    case ERROR_CANT_RESOLVE_FILENAME:
      return "the path goes through links that lead back to themselves";
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_BAD_IMPERSONATION_LEVEL:
      return "give the agent's account 'Replace a process level token' and 'Adjust memory quotas "
             "for a process' (SeAssignPrimaryTokenPrivilege, SeIncreaseQuotaPrivilege), or run it "
             "as LocalSystem";
    case ERROR_FILENAME_EXCED_RANGE:
      return "shorten the arguments";
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_NOT_ENOUGH_QUOTA:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_COMMITMENT_LIMIT:
      return "the machine's memory or desktop heap is exhausted, or the user has private desktops "
             "of too many logon sessions; retry when some jobs have ended";
    default:
      break;
  }
  switch (failure.step()) {
    case jobhost::VERIFY_PROCESS:
      return "the process did not get the identity that was asked for, and was ended";
    case jobhost::PREPARE:
      return "the job host could not get the user's profile, desktop or output ready; "
             "INTERACTIVE_DESKTOP is for callers who are logged on to this machine";
    case jobhost::CREATE_PROCESS:
      return "look at the program on the agent's machine, as the job's user";
    default:
      return "see the agent's log";
  }
}

}  // namespace proctor
