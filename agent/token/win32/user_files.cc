#include "agent/token/win32/user_files.h"

#include <windows.h>

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

absl::StatusOr<UniqueHandle> OpenRedirection(const v1::OutputTarget::File& target) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(target.path());
  if (!wide.ok()) return wide.status();
  // Without FILE_WRITE_DATA every write goes to the end.
  const DWORD access = target.mode() == v1::OutputTarget::File::APPEND
                           ? FILE_APPEND_DATA | SYNCHRONIZE
                           : GENERIC_WRITE;
  UniqueHandle file(::CreateFileW(wide->c_str(), access, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                  nullptr, Disposition(target.mode()), FILE_ATTRIBUTE_NORMAL,
                                  nullptr));
  if (!file.valid()) return LastErrorStatus("CreateFileW", target.path());
  if (::GetFileType(file.get()) != FILE_TYPE_DISK && !target.allow_special()) {
    return absl::FailedPreconditionError(absl::StrCat(target.path(), " is no regular file"));
  }
  return file;
}

absl::StatusOr<std::string> FindProgram(const std::string& program,
                                        const std::vector<std::string>& environment) {
  const std::string name = HasExtension(program) ? program : program + ".exe";
  if (HasDirectory(program)) {
    if (absl::Status found = CheckExecutable(name); !found.ok()) return found;
    return name;
  }
  absl::Status error = OsErrorStatus("CreateFileW", ERROR_FILE_NOT_FOUND, name);
  for (const absl::string_view directory :
       absl::StrSplit(VariableOf(environment, "PATH"), ';', absl::SkipEmpty())) {
    const std::string path = absl::StrCat(directory, "\\", name);
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
