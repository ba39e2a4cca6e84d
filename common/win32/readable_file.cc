#include "common/readable_file.h"

#include <windows.h>

#include <algorithm>
#include <utility>

#include "common/win32/last_error.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {

struct ReadableFile::Native {
  UniqueHandle file;
};

ReadableFile::ReadableFile(std::unique_ptr<Native> native) : native_(std::move(native)) {}
ReadableFile::ReadableFile(ReadableFile&&) noexcept = default;
ReadableFile& ReadableFile::operator=(ReadableFile&&) noexcept = default;
ReadableFile::~ReadableFile() = default;

absl::StatusOr<ReadableFile> ReadableFile::Open(const std::string& path) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  UniqueHandle file(::CreateFileW(wide->c_str(), GENERIC_READ,
                                  FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                  OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!file.valid()) return LastErrorStatus("CreateFileW", path);
  FILE_ATTRIBUTE_TAG_INFO tag = {};
  if (::GetFileInformationByHandleEx(file.get(), FileAttributeTagInfo, &tag, sizeof(tag)) &&
      (tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
    return OsErrorStatus("CreateFileW", ERROR_ACCESS_DENIED, path);
  }
  return ReadableFile(std::make_unique<Native>(Native{std::move(file)}));
}

absl::StatusOr<std::string> ReadableFile::ReadAt(uint64_t offset, size_t max) const {
  const HANDLE file = native_->file.get();
  LARGE_INTEGER size;
  if (!::GetFileSizeEx(file, &size)) return LastErrorStatus("GetFileSizeEx");
  if (offset >= static_cast<uint64_t>(size.QuadPart)) return std::string();
  const uint64_t left = static_cast<uint64_t>(size.QuadPart) - offset;
  std::string bytes(static_cast<size_t>(std::min<uint64_t>(max, left)), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    OVERLAPPED position = {};
    position.Offset = static_cast<DWORD>(offset + done);
    position.OffsetHigh = static_cast<DWORD>((offset + done) >> 32);
    const DWORD wanted = static_cast<DWORD>(std::min<size_t>(bytes.size() - done, 1 << 30));
    DWORD got = 0;
    if (!::ReadFile(file, bytes.data() + done, wanted, &got, &position)) {
      if (::GetLastError() == ERROR_HANDLE_EOF) break;
      return LastErrorStatus("ReadFile");
    }
    if (got == 0) break;
    done += got;
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace proctor
