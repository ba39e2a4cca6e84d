#include "common/readable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor {

struct ReadableFile::Native {
  UniqueFd fd;
};

ReadableFile::ReadableFile(std::unique_ptr<Native> native) : native_(std::move(native)) {}
ReadableFile::ReadableFile(ReadableFile&&) noexcept = default;
ReadableFile& ReadableFile::operator=(ReadableFile&&) noexcept = default;
ReadableFile::~ReadableFile() = default;

absl::StatusOr<ReadableFile> ReadableFile::Open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return OsErrorStatus("open", errno, path);
  return ReadableFile(std::make_unique<Native>(Native{std::move(fd)}));
}

absl::StatusOr<std::string> ReadableFile::ReadAt(uint64_t offset, size_t max) const {
  const int fd = native_->fd.get();
  struct stat info;
  if (::fstat(fd, &info) != 0) return OsErrorStatus("fstat", errno);
  const uint64_t size = static_cast<uint64_t>(info.st_size);
  if (offset >= size) return std::string();
  std::string bytes(static_cast<size_t>(std::min<uint64_t>(max, size - offset)), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n =
        ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return OsErrorStatus("pread", errno);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace proctor
