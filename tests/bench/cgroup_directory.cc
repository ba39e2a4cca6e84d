#include "tests/bench/cgroup_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/os_error.h"

namespace proctor::bench {
namespace {

// Where cgroup v2 is mounted (proc(5), mountinfo: the type follows the " - ").
absl::StatusOr<std::string> MountPoint() {
  std::ifstream mounts("/proc/self/mountinfo");
  std::string line;
  while (std::getline(mounts, line)) {
    if (!absl::StrContains(line, " - cgroup2 ")) continue;
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 5; ++i) fields >> field;
    return field;
  }
  return absl::NotFoundError("cgroup v2 is not mounted");
}

absl::StatusOr<std::string> OwnPath() {
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {
    if (absl::StartsWith(line, "0::")) return std::string(absl::StripPrefix(line, "0::"));
  }
  return absl::NotFoundError("this process is in no cgroup of version 2");
}

}  // namespace

absl::StatusOr<CgroupDirectory> CgroupDirectory::CreateBelowOwn(const std::string& name) {
  absl::StatusOr<std::string> mount = MountPoint();
  if (!mount.ok()) return mount.status();
  absl::StatusOr<std::string> own = OwnPath();
  if (!own.ok()) return own.status();
  return Create(absl::StrCat(*mount, *own == "/" ? "" : *own, "/", name));
}

absl::StatusOr<CgroupDirectory> CgroupDirectory::CreateChild(const std::string& name) const {
  return Create(absl::StrCat(path_, "/", name));
}

absl::StatusOr<CgroupDirectory> CgroupDirectory::Create(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0) return OsErrorStatus("mkdir", errno, path);
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    const int error = errno;
    ::rmdir(path.c_str());
    return OsErrorStatus("open", error, path);
  }
  return CgroupDirectory(path, std::move(fd));
}

CgroupDirectory::~CgroupDirectory() {
  if (path_.empty()) return;
  fd_.reset();
  // EBUSY for a moment while the last process is on its way out.
  for (int attempt = 0; attempt < 1000 && ::rmdir(path_.c_str()) != 0 && errno == EBUSY;
       ++attempt) {
    ::usleep(1000);
  }
}

absl::Status CgroupDirectory::Kill() const {
  UniqueFd file(::openat(fd_.get(), "cgroup.kill", O_WRONLY | O_CLOEXEC));
  if (!file.valid()) return OsErrorStatus("openat", errno, "cgroup.kill");
  if (::write(file.get(), "1", 1) != 1) return OsErrorStatus("write", errno, "cgroup.kill");
  return absl::OkStatus();
}

absl::StatusOr<bool> CgroupDirectory::Populated() const {
  UniqueFd file(::openat(fd_.get(), "cgroup.events", O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return OsErrorStatus("openat", errno, "cgroup.events");
  char text[256];
  const ssize_t size = ::read(file.get(), text, sizeof(text));
  if (size < 0) return OsErrorStatus("read", errno, "cgroup.events");
  return absl::StrContains(absl::string_view(text, static_cast<size_t>(size)), "populated 1");
}

}  // namespace proctor::bench
