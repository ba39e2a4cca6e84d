#include "agent/caller/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor {
namespace {

constexpr off_t kMaxSize = 1 << 20;

absl::Status CheckPrivate(const struct stat& info, const std::string& path) {
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not a file"));
  }
  if (info.st_uid != ::geteuid()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " belongs to uid ", info.st_uid, ", not to the agent"));
  }
  if ((info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is open to others than its owner: chmod 600 it"));
  }
  if (info.st_size > kMaxSize) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is larger than 1 MiB"));
  }
  return absl::OkStatus();
}

absl::Status WriteAll(int fd, absl::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return OsErrorStatus("write", errno, path);
    content.remove_prefix(static_cast<size_t>(n));
  }
  if (::fsync(fd) != 0) return OsErrorStatus("fsync", errno, path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SecretBytes> ReadPrivateFile(const std::string& path) {
  // Not blocking: a FIFO in the file's place must not stop the agent's start.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) return OsErrorStatus("open", errno, path);
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) return OsErrorStatus("fstat", errno, path);
  if (absl::Status status = CheckPrivate(info, path); !status.ok()) return status;
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::read(fd.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return OsErrorStatus("read", errno, path);
    if (n == 0) return absl::DataLossError(absl::StrCat(path, " became shorter while being read"));
    done += static_cast<size_t>(n);
  }
  return SecretBytes(std::move(bytes));
}

absl::Status WritePrivateFile(const std::string& path, absl::string_view content) {
  const std::string next = path + ".new";
  if (::unlink(next.c_str()) != 0 && errno != ENOENT) return OsErrorStatus("unlink", errno, next);
  const UniqueFd fd(
      ::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return OsErrorStatus("open", errno, next);
  if (absl::Status written = WriteAll(fd.get(), content, next); !written.ok()) return written;
  if (::rename(next.c_str(), path.c_str()) != 0) return OsErrorStatus("rename", errno, path);
  const std::string directory = absl::StrCat(path.substr(0, path.rfind('/')), "/");
  const UniqueFd parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.valid()) return OsErrorStatus("open", errno, directory);
  if (::fsync(parent.get()) != 0) return OsErrorStatus("fsync", errno, directory);
  return absl::OkStatus();
}

}  // namespace proctor
