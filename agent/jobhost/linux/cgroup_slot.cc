#include "agent/jobhost/linux/cgroup_slot.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "agent/jobhost/linux/small_file.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

// Into `buffer`, ended with a NUL. Negative: -errno.
template <size_t N>
int ReadAt(const UniqueFd& fd, char (&buffer)[N]) {
  const ssize_t got = ::pread(fd.get(), buffer, N - 1, 0);
  if (got < 0) return -errno;
  buffer[got] = '\0';
  return 0;
}

uint64_t MicrosecondsAfter(const char* text, const char* key) {
  const char* const found = std::strstr(text, key);
  return found == nullptr ? 0 : std::strtoull(found + std::strlen(key), nullptr, 10);
}

}  // namespace

absl::StatusOr<std::unique_ptr<CgroupSlot>> CgroupSlot::Create(int parent_fd,
                                                               const std::string& name) {
  if (::mkdirat(parent_fd, name.c_str(), 0755) != 0) return OsErrorStatus("mkdirat", errno, name);
  absl::StatusOr<std::unique_ptr<CgroupSlot>> slot = Open(parent_fd, name);
  if (!slot.ok()) ::unlinkat(parent_fd, name.c_str(), AT_REMOVEDIR);
  return slot;
}

absl::StatusOr<std::unique_ptr<CgroupSlot>> CgroupSlot::Open(int parent_fd,
                                                             const std::string& name) {
  absl::StatusOr<UniqueFd> directory = OpenAt(parent_fd, name, O_RDONLY | O_DIRECTORY);
  if (!directory.ok()) return directory.status();
  absl::StatusOr<UniqueFd> events = OpenAt(directory->get(), "cgroup.events", O_RDONLY);
  if (!events.ok()) return events.status();
  absl::StatusOr<UniqueFd> cpu = OpenAt(directory->get(), "cpu.stat", O_RDONLY);
  if (!cpu.ok()) return cpu.status();
  return std::unique_ptr<CgroupSlot>(
      new CgroupSlot(name, *std::move(directory), *std::move(events), *std::move(cpu)));
}

bool CgroupSlot::Populated() const {
  char text[128];
  const int error = ReadAt(events_, text);
  // Somebody removed the cgroup, which works only on an empty one.
  if (error == -ENODEV) return false;
  return error != 0 || std::strstr(text, "populated 0") == nullptr;
}

absl::StatusOr<std::vector<pid_t>> CgroupSlot::Processes() const {
  absl::StatusOr<std::string> text = ReadSmallFile("cgroup.procs", directory_.get());
  if (!text.ok()) return text.status();
  std::vector<pid_t> pids;
  for (const absl::string_view line : absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    pid_t pid;
    // 0: a process that another pid namespace hides.
    if (absl::SimpleAtoi(line, &pid) && pid > 0) pids.push_back(pid);
  }
  return pids;
}

absl::Status CgroupSlot::Kill() {
  spent_ = true;
  return WriteSmallFile(directory_.get(), "cgroup.kill", "1");
}

absl::StatusOr<CpuTime> CgroupSlot::TotalCpu() const {
  char text[512];
  const int error = ReadAt(cpu_, text);
  if (error != 0) return OsErrorStatus("pread", -error, "cpu.stat");
  return CpuTime{MicrosecondsAfter(text, "user_usec ") * 1000,
                 MicrosecondsAfter(text, "system_usec ") * 1000};
}

}  // namespace proctor::jobhost
