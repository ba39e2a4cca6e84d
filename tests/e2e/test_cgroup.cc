#include "tests/e2e/test_cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/unique_fd.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

// The mount point of cgroup v2, alone or beside v1; empty when there is none.
std::string MountPoint() {
  std::ifstream mounts("/proc/self/mounts");
  std::string device, path, type, rest;
  while (mounts >> device >> path >> type && std::getline(mounts, rest)) {
    if (type == "cgroup2") return path;
  }
  return "";
}

// 0 for a file that went away meanwhile; such a read fails with ENODEV.
size_t CountLines(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  size_t lines = 0;
  char buffer[4096];
  ssize_t n;
  while ((n = ::read(fd.get(), buffer, sizeof(buffer))) > 0) {
    lines += static_cast<size_t>(std::count(buffer, buffer + n, '\n'));
  }
  return lines;
}

void RemoveTree(const std::filesystem::path& directory) {
  std::error_code error;
  for (const auto& child : std::filesystem::directory_iterator(directory, error)) {
    if (child.is_directory(error)) RemoveTree(child.path());
  }
  ::rmdir(directory.c_str());
}

}  // namespace

TestCgroup::TestCgroup() {
  static int count = 0;
  const std::string mount = MountPoint();
  if (mount.empty()) return;
  const std::string path = absl::StrCat(mount, "/proctor-e2e-", ::getpid(), "-", ++count);
  if (::mkdir(path.c_str(), 0755) == 0) path_ = path;
}

TestCgroup::~TestCgroup() {
  if (path_.empty()) return;
  std::ofstream(path_ + "/cgroup.kill") << "1";
  Eventually([this] { return CountProcesses() == 0; });
  RemoveTree(path_);
}

size_t TestCgroup::CountProcesses() const {
  if (path_.empty()) return 0;
  size_t processes = CountLines(path_ + "/cgroup.procs");
  std::error_code error;
  // A cgroup may go while it is walked: the next look sees what is true then.
  for (std::filesystem::recursive_directory_iterator entry(path_, error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->is_directory(error)) processes += CountLines(entry->path() / "cgroup.procs");
  }
  return processes;
}

size_t TestCgroup::CountCgroups() const {
  if (path_.empty()) return 0;
  size_t cgroups = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(path_, error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->is_directory(error)) ++cgroups;
  }
  return cgroups;
}

}  // namespace proctor
