#include "agent/caller/private_file.h"

#include <windows.h>

#include "absl/strings/str_cat.h"
#include "common/private_file.h"
#include "common/readable_file.h"
#include "common/win32/last_error.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr size_t kMaxSize = 1 << 20;

absl::Status WriteAll(HANDLE file, absl::string_view content, const std::string& path) {
  while (!content.empty()) {
    DWORD written = 0;
    if (!::WriteFile(file, content.data(), static_cast<DWORD>(content.size()), &written, nullptr)) {
      return LastErrorStatus("WriteFile", path);
    }
    content.remove_prefix(written);
  }
  return ::FlushFileBuffers(file) ? absl::OkStatus() : LastErrorStatus("FlushFileBuffers", path);
}

}  // namespace

// Who may read it is a matter of the DACL that WritePrivateFile gave it, and of the state
// directory's.
absl::StatusOr<SecretBytes> ReadPrivateFile(const std::string& path) {
  const absl::StatusOr<ReadableFile> file = ReadableFile::Open(path);
  if (!file.ok()) return file.status();
  absl::StatusOr<std::string> bytes = file->ReadAt(0, kMaxSize + 1);
  if (!bytes.ok()) return bytes.status();
  SecretBytes secret(*std::move(bytes));
  if (secret.view().size() > kMaxSize) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is larger than 1 MiB"));
  }
  return secret;
}

absl::Status WritePrivateFile(const std::string& path, absl::string_view content) {
  const std::string next = path + ".new";
  const absl::StatusOr<std::wstring> wide_path = ToUtf16(path);
  const absl::StatusOr<std::wstring> wide_next = ToUtf16(next);
  if (!wide_path.ok() || !wide_next.ok()) return absl::InvalidArgumentError("bad path");
  // One that a crash left may have been made by somebody else.
  if (!::DeleteFileW(wide_next->c_str()) && ::GetLastError() != ERROR_FILE_NOT_FOUND) {
    return LastErrorStatus("DeleteFileW", next);
  }
  if (absl::Status made = EnsurePrivateFile(next); !made.ok()) return made;
  UniqueHandle file(::CreateFileW(wide_next->c_str(), GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                                  FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!file.valid()) return LastErrorStatus("CreateFileW", next);
  if (absl::Status written = WriteAll(file.get(), content, next); !written.ok()) return written;
  file.reset();
  if (!::MoveFileExW(wide_next->c_str(), wide_path->c_str(),
                     MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
    return LastErrorStatus("MoveFileExW", path);
  }
  return absl::OkStatus();
}

}  // namespace proctor
