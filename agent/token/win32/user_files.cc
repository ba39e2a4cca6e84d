#include "agent/token/win32/user_files.h"

#include <windows.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/token/win32/user_environment.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

bool HasDirectory(const std::string& program) {
  return program.find_first_of("\\/:") != std::string::npos;
}

bool HasExtension(const std::string& program) {
  const size_t name = program.find_last_of("\\/:") + 1;  // 0 without one.
  return program.find('.', name) != std::string::npos;
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

// Opening for execution is what shows that the user may.
absl::Status CheckExecutable(const std::string& path) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  const UniqueHandle file(::CreateFileW(wide->c_str(), FILE_EXECUTE | FILE_READ_ATTRIBUTES,
                                        FILE_SHARE_READ | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                                        0, nullptr));
  return file.valid() ? absl::OkStatus() : LastErrorStatus("CreateFileW", path);
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
  // Without FILE_WRITE_DATA every write goes to the end.
  const DWORD access = target.mode() == v1::OutputTarget::File::APPEND
                           ? FILE_APPEND_DATA | SYNCHRONIZE
                           : GENERIC_WRITE;
  UniqueHandle file(::CreateFileW(wide->c_str(), access, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                  nullptr, Disposition(target.mode()), FILE_ATTRIBUTE_NORMAL,
                                  nullptr));
  if (!file.valid()) return LastErrorStatus("CreateFileW", *path);
  if (::GetFileType(file.get()) != FILE_TYPE_DISK && !target.allow_special()) {
    return absl::FailedPreconditionError(absl::StrCat(target.path(), " is no regular file"));
  }
  return file;
}

absl::StatusOr<std::string> FindProgram(const std::string& program, const std::string& directory,
                                        const std::vector<std::string>& environment) {
  const std::string name = HasExtension(program) ? program : program + ".exe";
  if (HasDirectory(program)) {
    absl::StatusOr<std::string> path = AbsolutePath(name, directory);
    if (!path.ok()) return path;
    if (absl::Status found = CheckExecutable(*path); !found.ok()) return found;
    return path;
  }
  absl::Status error = OsErrorStatus("CreateFileW", ERROR_FILE_NOT_FOUND, name);
  for (const absl::string_view entry :
       absl::StrSplit(VariableOf(environment, "PATH"), ';', absl::SkipEmpty())) {
    if (!IsAbsolute(entry)) continue;
    const std::string path = absl::StrCat(entry, "\\", name);
    const absl::Status found = CheckExecutable(path);
    if (found.ok()) return path;
    if (absl::IsPermissionDenied(found)) error = found;  // The more telling one.
  }
  return error;
}

absl::Status CheckDirectory(const std::string& path) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  const UniqueHandle directory(::CreateFileW(wide->c_str(), FILE_TRAVERSE | FILE_READ_ATTRIBUTES,
                                             FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                             nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
                                             nullptr));
  if (!directory.valid()) return LastErrorStatus("CreateFileW", path);
  BY_HANDLE_FILE_INFORMATION information;
  if (!::GetFileInformationByHandle(directory.get(), &information)) {
    return LastErrorStatus("GetFileInformationByHandle", path);
  }
  if ((information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0) {
    return OsErrorStatus("CreateFileW", ERROR_DIRECTORY, path);
  }
  return absl::OkStatus();
}

}  // namespace proctor
