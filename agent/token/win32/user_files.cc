#include "agent/token/win32/user_files.h"

#include <windows.h>

#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/token/win32/user_environment.h"
#include "common/command_line.h"
#include "common/os_error.h"
#include "common/win32/final_path.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

bool HasDirectory(const std::string& program) {
  return program.find_first_of("\\/:") != std::string::npos;
}

absl::StatusOr<std::string> AbsolutePath(const std::string& path, const std::string& directory) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  const absl::StatusOr<std::wstring> base = ToUtf16(directory);
  if (!base.ok()) return base.status();
  return FromUtf16((std::filesystem::path(*base) / *wide).native());
}

bool IsAbsolute(absl::string_view path) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  return wide.ok() && std::filesystem::path(*wide).is_absolute();
}

absl::StatusOr<OpenedPath> OpenAndName(const std::string& path, DWORD access, DWORD share,
                                       DWORD flags) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  UniqueHandle file(::CreateFileW(wide->c_str(), access | FILE_READ_ATTRIBUTES, share, nullptr,
                                  OPEN_EXISTING, flags, nullptr));
  if (!file.valid()) return LastErrorStatus("CreateFileW", path);
  absl::StatusOr<std::string> final_path = FinalPath(file);
  if (!final_path.ok()) return final_path.status();
  return OpenedPath{*std::move(final_path), std::move(file)};
}

bool IsMissing(const absl::Status& status) {
  const absl::optional<OsError> error = GetOsError(status);
  return error.has_value() &&
         (error->code == ERROR_FILE_NOT_FOUND || error->code == ERROR_PATH_NOT_FOUND);
}

// What a name is tried with: nothing, where it has an extension itself, then what of PATHEXT can be
// run. The others are documents, which a shell opens.
std::vector<std::string> Extensions(const std::string& program,
                                    const std::vector<std::string>& environment) {
  std::vector<std::string> extensions;
  const size_t name = program.find_last_of("\\/:") + 1;  // 0 without one.
  if (program.find('.', name) != std::string::npos) extensions.emplace_back();
  absl::string_view listed = VariableOf(environment, "PATHEXT");
  if (listed.empty()) listed = ".COM;.EXE;.BAT;.CMD";
  for (const absl::string_view entry : absl::StrSplit(listed, ';', absl::SkipEmpty())) {
    const std::string extension = absl::AsciiStrToLower(entry);
    if (extension == ".com" || extension == ".exe" || IsBatchFile(extension)) {
      extensions.push_back(extension);
    }
  }
  return extensions;
}

// The first of `path` with each of `extensions` that is there.
absl::StatusOr<OpenedPath> OpenFirst(const std::string& path,
                                     const std::vector<std::string>& extensions) {
  for (const std::string& extension : extensions) {
    absl::StatusOr<OpenedPath> program = OpenProgram(path + extension);
    if (program.ok() || !IsMissing(program.status())) return program;
  }
  return OsErrorStatus("CreateFileW", ERROR_FILE_NOT_FOUND, path);
}

DWORD Disposition(v1::OutputTarget::File::Mode mode) {
  switch (mode) {
    case v1::OutputTarget::File::TRUNCATE:
      return CREATE_ALWAYS;
    case v1::OutputTarget::File::EXCLUSIVE:
      return CREATE_NEW;
    default:
      return OPEN_ALWAYS;
  }
}

}  // namespace

absl::StatusOr<UniqueHandle> OpenRedirection(const v1::OutputTarget::File& target,
                                             const std::string& directory) {
  const absl::StatusOr<std::string> path = AbsolutePath(target.path(), directory);
  if (!path.ok()) return path.status();
  const absl::StatusOr<std::wstring> wide = ToUtf16(*path);
  if (!wide.ok()) return wide.status();
  // Without FILE_WRITE_DATA every write goes to the end, in every mode: both streams may be in one
  // file, and whoever rotates it may truncate it.
  constexpr DWORD kAppendOnly = FILE_APPEND_DATA | SYNCHRONIZE;
  UniqueHandle file(::CreateFileW(wide->c_str(), kAppendOnly, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                  nullptr, Disposition(target.mode()), FILE_ATTRIBUTE_NORMAL,
                                  nullptr));
  if (!file.valid()) return LastErrorStatus("CreateFileW", *path);
  if (::GetFileType(file.get()) != FILE_TYPE_DISK && !target.allow_special()) {
    return absl::FailedPreconditionError(absl::StrCat(target.path(), " is no regular file"));
  }
  return file;
}

absl::StatusOr<OpenedPath> FindProgram(const std::string& program, const std::string& directory,
                                       const std::vector<std::string>& environment) {
  const std::vector<std::string> extensions = Extensions(program, environment);
  if (HasDirectory(program)) {
    const absl::StatusOr<std::string> path = AbsolutePath(program, directory);
    return path.ok() ? OpenFirst(*path, extensions) : path.status();
  }
  absl::Status error = OsErrorStatus("CreateFileW", ERROR_FILE_NOT_FOUND, program);
  for (const absl::string_view entry :
       absl::StrSplit(VariableOf(environment, "PATH"), ';', absl::SkipEmpty())) {
    if (!IsAbsolute(entry)) continue;
    absl::StatusOr<OpenedPath> found = OpenFirst(absl::StrCat(entry, "\\", program), extensions);
    if (found.ok()) return found;
    // The first of a file that is there tells more.
    if (IsMissing(error) && !IsMissing(found.status())) error = found.status();
  }
  return error;
}

// Opening for execution is what shows that the user may.
absl::StatusOr<OpenedPath> OpenProgram(const std::string& path) {
  return OpenAndName(path, FILE_EXECUTE, FILE_SHARE_READ, 0);
}

absl::StatusOr<OpenedPath> OpenDirectory(const std::string& path) {
  // Without FILE_SHARE_DELETE, so that it stays what it is.
  absl::StatusOr<OpenedPath> directory = OpenAndName(
      path, FILE_TRAVERSE, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_FLAG_BACKUP_SEMANTICS);
  if (!directory.ok()) return directory;
  BY_HANDLE_FILE_INFORMATION information;
  if (!::GetFileInformationByHandle(directory->handle.get(), &information)) {
    return LastErrorStatus("GetFileInformationByHandle", path);
  }
  if ((information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0) {
    return OsErrorStatus("CreateFileW", ERROR_DIRECTORY, path);
  }
  return directory;
}

// The redirector answers for its own files and nobody else does; what maps a share to a folder or a
// drive shows in one of the two.
absl::Status CheckLocal(const OpenedPath& file) {
  FILE_REMOTE_PROTOCOL_INFO remote = {};
  const bool answered = ::GetFileInformationByHandleEx(file.handle.get(), FileRemoteProtocolInfo,
                                                       &remote, sizeof(remote)) != FALSE;
  if (!answered && !absl::StartsWith(file.path, "\\\\")) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(file.path, " is on another machine"));
}

}  // namespace proctor
