#include "agent/job/launch_step.h"

#include <cerrno>

#include "absl/strings/match.h"

namespace proctor {
namespace {

constexpr HostStage kHostStages[] = {
    {v1::IMPERSONATE, "chdir, openat", "directory and redirections entered as the user"},
    {v1::VERIFY, "getresuid, getresgid, getgroups, capget",
     "the child read back exactly the requested identity"},
    {v1::CREATE, "clone3, execve", ""},
};

constexpr char kUnreachable[] =
    "the file system that the path is on fails or does not answer; look at it on the agent's "
    "machine";
constexpr char kFullDisk[] = "make room on the file system, or in the user's quota";
constexpr char kRetryLater[] =
    "the user's process limit or the machine's memory is exhausted; retry later";

// The ways in which any path can be wrong. Null: none of them.
const char* CommonPathAdvice(int error) {
  switch (error) {
    case ELOOP:
      return "the path goes through too many symbolic links, or links that lead back to themselves";
    case ENOTDIR:
      return "something that the path takes for a directory is a file";
    case ENAMETOOLONG:
      return "shorten the path";
    case EIO:
    case ESTALE:
    case ENOTCONN:
    case EHOSTDOWN:
    case ETIMEDOUT:
      return kUnreachable;
    default:
      return nullptr;
  }
}

const char* ExecuteAdvice(const jobhost::LaunchFailure& failure) {
  switch (failure.error()) {
    case ENOENT:
      // A subject without a directory was in none of those of PATH.
      if (!absl::StrContains(failure.subject(), '/')) {
        return "check the program's name and the PATH of the job's environment";
      }
      return failure.detail().empty()
                 ? "check the program's path on the agent's machine; a relative one begins at the "
                   "job's working directory"
                 : "install the interpreter on the agent's machine, or correct the path of it in "
                   "the program's first line";
    case EACCES:
      if (!failure.detail().empty()) return "name a program";
      return "the job's user needs execute permission on the program and its interpreter, search "
             "permission on every directory above them, and a file system that is not mounted "
             "noexec";
    case ENOEXEC:
      return "the file is neither a program of this machine nor a script that starts with #!";
    case ETXTBSY:
      return "somebody has the program open for writing; retry when it is complete";
    case ELOOP:
      return "the path goes through too many symbolic links, or interpreters name each other";
    case EINVAL:
    case ELIBBAD:
      return "the program, or the loader that it names, is damaged or of another kind of machine";
    case E2BIG:
      return "shorten the arguments or the environment";
    case EPERM:
      return "the file system is mounted so that this program may not run (nosuid with file "
             "capabilities), or a security module forbids it";
    case EAGAIN:
    case ENOMEM:
      return kRetryLater;
    default:
      break;
  }
  const char* const common = CommonPathAdvice(failure.error());
  return common != nullptr ? common
                           : "look at the program on the agent's machine, as the job's user";
}

const char* PathAdvice(const jobhost::LaunchFailure& failure) {
  switch (failure.error()) {
    case 0:
      return "allow_special (behind the file's name for proctor: FILE:special) lets a job write to "
             "what is no regular file";
    case ENOENT:
      return "check the path; it is looked up on the agent's machine, as the job's user";
    case EACCES:
    case EPERM:
      return "the job's user needs search permission on every directory of the path, and write "
             "permission on redirected files";
    case EISDIR:
      return "the path is a directory; name a file";
    case EEXIST:
      return "the file exists and EXCLUSIVE asks for a new one; remove it, or append or truncate";
    case ENXIO:
    case ENODEV:
      return "a FIFO that nobody reads, a socket, or a device that is not there; a job has no "
             "terminal, so /dev/tty is none";
    case ETXTBSY:
      return "the file is a program that runs; write to another";
    case EROFS:
      return "the file system is mounted read-only; write to another";
    case ENOSPC:
    case EDQUOT:
      return kFullDisk;
    case EMFILE:
    case ENFILE:
      return "the machine has too many files open; retry later";
    case ENOMEM:
      return kRetryLater;
    default:
      break;
  }
  const char* const common = CommonPathAdvice(failure.error());
  return common != nullptr ? common : "look at the path on the agent's machine, as the job's user";
}

// Of what the job host does by itself.
const char* HostAdvice(int error) {
  switch (error) {
    case EMFILE:
    case ENFILE:
      return "raise the open-file limit of proctor-jobhost";
    case ENOSPC:
    case EDQUOT:
      return kFullDisk;
    case EAGAIN:
    case ENOMEM:
      return kRetryLater;
    case EPERM:
    case EACCES:
      return "the job host lacks a privilege; proctor info (DescribeAgent.capabilities) says which";
    default:
      return "see the agent's log";
  }
}

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

bool FollowsPath(jobhost::Step step) {
  return step == jobhost::WORKING_DIRECTORY || step == jobhost::OPEN_STDOUT ||
         step == jobhost::OPEN_STDERR || step == jobhost::EXECUTE;
}

const char* LaunchAdvice(const jobhost::LaunchFailure& failure) {
  switch (failure.step()) {
    case jobhost::PAM_SESSION:
      return "see what the PAM service's modules say in the machine's authentication log";
    case jobhost::LAUNCH_DEADLINE:
      return "a path of this launch does not answer (a hung mount?); retry when it does";
    case jobhost::EXECUTE:
      return ExecuteAdvice(failure);
    case jobhost::WORKING_DIRECTORY:
    case jobhost::OPEN_STDOUT:
    case jobhost::OPEN_STDERR:
      return PathAdvice(failure);
    default:
      return HostAdvice(failure.error());
  }
}

}  // namespace proctor
