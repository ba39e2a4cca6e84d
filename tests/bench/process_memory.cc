#include "tests/bench/process_memory.h"

#include <cerrno>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"

namespace proctor::bench {

absl::StatusOr<ProcessMemory> ReadProcessMemory(pid_t pid) {
  const std::string path = absl::StrCat("/proc/", pid, "/smaps_rollup");
  std::ifstream file(path);
  if (!file) return OsErrorStatus("open", errno, path);
  ProcessMemory memory;
  std::string line;
  std::getline(file, line);  // The address range.
  std::string name;
  std::string unit;
  int64_t kilobytes = 0;
  while (file >> name >> kilobytes >> unit) {
    if (name == "Rss:") memory.rss = kilobytes * 1024;
    if (name == "Pss:") memory.pss = kilobytes * 1024;
  }
  if (memory.rss == 0) return absl::InternalError(absl::StrCat("no Rss in ", path));
  return memory;
}

}  // namespace proctor::bench
