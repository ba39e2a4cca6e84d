#include "agent/token/win32/user_places.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/token/win32/impersonation_scope.h"
#include "agent/token/win32/user_environment.h"
#include "agent/token/win32/user_files.h"
#include "common/command_line.h"
#include "common/win32/last_error.h"

namespace proctor {
namespace {

const char* FileAdvice(const absl::Status& status) {
  const absl::optional<OsError> error = GetOsError(status);
  switch (error.has_value() ? error->code : 0) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
      return "the path is looked up on the agent's machine, as the job's user; a program without a "
             "directory in the job's PATH, with the extensions of its PATHEXT";
    case ERROR_CANT_ACCESS_FILE:
      return "this is an app execution alias, which the Microsoft Store puts in place of a "
             "program: "
             "name the program itself";
    case ERROR_SHARING_VIOLATION:
      return "another process has the file open for writing; try again when it is done";
    default:
      return "the path is looked up on the agent's machine, as the job's user";
  }
}

// cmd.exe interprets what stands in arguments, so whoever launches must have thought of it.
absl::Status CheckBatchFile(const std::string& path, const v1::LaunchSpec& spec,
                            StageTrace* trace) {
  const auto refuse = [trace](const std::string& message, const char* advice) {
    return trace->Fail(v1::PREPARE_ENVIRONMENT, "CreateProcessAsUserW",
                       absl::FailedPreconditionError(message), advice);
  };
  if (!spec.allow_batch_file()) {
    return refuse(absl::StrCat(path,
                               " is a batch file: cmd.exe runs it, and interprets its "
                               "arguments"),
                  "set allow_batch_file (proctor run --allow-batch-file), and pass it nothing that "
                  "others wrote");
  }
  if (spec.raw_command_line().empty()) return absl::OkStatus();
  return refuse(absl::StrCat("raw_command_line is not for ", path, ", a batch file"),
                "launch cmd.exe itself, with the command line that it is to get");
}

// The job host opens both once more, as itself (CreateProcessAsUserW, Microsoft Learn: in the
// caller's security context). On another machine it would be the machine's account that asks, and a
// machine of the user's choice that is asked.
absl::Status CheckPlaces(TokenCalls* calls, const OpenedPath& directory, const OpenedPath& program,
                         StageTrace* trace) {
  if (absl::Status local = calls->CheckLocal(program); !local.ok()) {
    return trace->Fail(v1::IMPERSONATE, "GetFileInformationByHandleEx", local,
                       "copy the program to this machine, or launch cmd.exe /d /c with its path: "
                       "that opens it as the job's user");
  }
  if (absl::Status local = calls->CheckLocal(directory); !local.ok()) {
    return trace->Fail(v1::IMPERSONATE, "GetFileInformationByHandleEx", local,
                       "give a working directory of this machine; the job itself may enter others");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> OpenPlaces(TokenCalls* calls, const Win32Token& user, bool own_account,
                                       const v1::LaunchSpec& spec,
                                       const std::vector<std::string>& login,
                                       LaunchEnvironment* environment, StageTrace* trace) {
  const auto fail = [trace](const absl::Status& status) {
    return trace->Fail(v1::IMPERSONATE, "CreateFileW", status, FileAdvice(status));
  };
  // Named apart: the exit code of `proctor run` tells a program that is missing or cannot be
  // executed from anything else.
  const auto fail_program = [trace](const absl::Status& status) {
    return trace->Fail(v1::IMPERSONATE, "CreateFileW FILE_EXECUTE", status, FileAdvice(status));
  };
  const ImpersonationScope as_user(calls, user.handle());
  if (!as_user.status().ok()) {
    return trace->Fail(v1::IMPERSONATE, "ImpersonateLoggedOnUser", as_user.status(),
                       kImpersonateAdvice);
  }
  auto files = std::make_shared<OpenedFiles>();
  absl::StatusOr<OpenedPath> directory = OpenDirectory(environment->working_directory);
  if (!directory.ok()) return fail(directory.status());
  absl::StatusOr<OpenedPath> program =
      FindProgram(spec.executable().empty() ? spec.argv(0) : spec.executable(), directory->path,
                  environment->variables);
  if (!program.ok()) return fail_program(program.status());
  std::string batch_file;
  if (IsBatchFile(program->path)) {
    batch_file = program->path;
    if (absl::Status may = CheckBatchFile(batch_file, spec, trace); !may.ok()) return may;
    program = OpenProgram(absl::StrCat(VariableOf(login, "SystemRoot"), "\\System32\\cmd.exe"));
    if (!program.ok()) return fail_program(program.status());
  }
  const absl::Status local =
      own_account ? absl::OkStatus() : CheckPlaces(calls, *directory, *program, trace);
  if (!local.ok()) return local;
  environment->working_directory = directory->path;
  environment->executable_candidates = {program->path};
  files->directory = std::move(directory->handle);
  files->program = std::move(program->handle);
  const std::pair<const v1::OutputTarget&, UniqueHandle*> redirections[] = {
      {spec.standard_output(), &files->standard_output},
      {spec.standard_error(), &files->standard_error}};
  for (const auto& [target, file] : redirections) {
    if (!target.has_file()) continue;
    absl::StatusOr<UniqueHandle> opened =
        OpenRedirection(target.file(), environment->working_directory);
    if (!opened.ok()) return fail(opened.status());
    *file = *std::move(opened);
  }
  environment->files = std::move(files);
  return batch_file;
}

}  // namespace proctor
