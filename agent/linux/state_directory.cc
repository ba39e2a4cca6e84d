#include "agent/linux/state_directory.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/os_error.h"

namespace proctor {
namespace {

absl::Status MakePrivateDirectory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return OsErrorStatus("mkdir", errno, path);
  }
  struct stat info;
  if (::lstat(path.c_str(), &info) != 0) return OsErrorStatus("lstat", errno, path);
  if (!S_ISDIR(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not a directory"));
  }
  if (info.st_uid != ::geteuid()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " belongs to uid ", info.st_uid, ", not to the agent"));
  }
  if ((info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is open to others; it must have mode 0700"));
  }
  return absl::OkStatus();
}

std::string InstanceName(const std::string& path) {
  char resolved[PATH_MAX];
  const std::string name = ::realpath(path.c_str(), resolved) != nullptr ? resolved : path;
  unsigned char digest[SHA256_DIGEST_LENGTH];
  ::SHA256(reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), 6));
}

}  // namespace

absl::StatusOr<StateDirectory> StateDirectory::Open(const std::string& path) {
  if (absl::Status made = MakePrivateDirectory(path); !made.ok()) return made;
  const std::string lock_path = path + "/lock";
  UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid()) return OsErrorStatus("open", errno, lock_path);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return OsErrorStatus("flock", errno, lock_path);
    return absl::UnavailableError(absl::StrCat("another proctord holds ", path));
  }
  StateDirectory directory(path, std::move(lock), InstanceName(path));
  if (absl::Status made = MakePrivateDirectory(directory.spool_path()); !made.ok()) return made;
  return directory;
}

absl::Status MakeSocketDirectory(const std::string& socket_path) {
  const std::string directory = socket_path.substr(0, socket_path.rfind('/'));
  if (directory.empty()) return absl::OkStatus();
  if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) {
    return OsErrorStatus("mkdir", errno, directory);
  }
  return absl::OkStatus();
}

}  // namespace proctor
