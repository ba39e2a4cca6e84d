#include "tests/e2e/process_table.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/unique_fd.h"

namespace proctor {
namespace {

// Empty when the process ends meanwhile, which a stream would answer with an exception.
std::string ReadFile(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string content;
  char buffer[4096];
  ssize_t n;
  while ((n = ::read(fd.get(), buffer, sizeof(buffer))) > 0) {
    content.append(buffer, static_cast<size_t>(n));
  }
  return content;
}

// State 0 when there is no such process.
ProcessEntry ReadEntry(pid_t pid) {
  ProcessEntry entry;
  entry.pid = pid;
  const std::string folder = absl::StrCat("/proc/", pid);
  const std::string stat = ReadFile(folder + "/stat");
  const size_t end_of_name = stat.rfind(')');
  if (end_of_name == std::string::npos) return entry;
  int parent = 0;
  std::sscanf(stat.c_str() + end_of_name + 1, " %c %d", &entry.state, &parent);
  entry.parent = parent;
  char target[PATH_MAX];
  const ssize_t length = ::readlink((folder + "/exe").c_str(), target, sizeof(target));
  if (length > 0) entry.executable.assign(target, static_cast<size_t>(length));
  entry.command_line = ReadFile(folder + "/cmdline");
  std::replace(entry.command_line.begin(), entry.command_line.end(), '\0', ' ');
  return entry;
}

size_t CountEntries(const std::string& path) {
  std::error_code error;
  size_t entries = 0;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    ++entries;
  }
  return entries;
}

}  // namespace

bool IsAlive(pid_t pid) {
  const char state = ReadEntry(pid).state;
  return state != 0 && state != 'Z' && state != 'X';
}

std::vector<ProcessEntry> ListProcesses() {
  std::vector<ProcessEntry> processes;
  std::error_code error;
  for (std::filesystem::directory_iterator folder("/proc", error), end; folder != end;
       folder.increment(error)) {
    pid_t pid = 0;
    if (!absl::SimpleAtoi(folder->path().filename().string(), &pid)) continue;
    ProcessEntry entry = ReadEntry(pid);
    if (entry.state != 0) processes.push_back(std::move(entry));
  }
  return processes;
}

std::vector<ProcessEntry> ProcessesOf(const std::string& directory) {
  std::vector<ProcessEntry> found;
  const std::string self = ReadEntry(::getpid()).executable;
  for (ProcessEntry& entry : ListProcesses()) {
    if (entry.state == 'Z' || entry.executable == self) continue;
    if (entry.executable.find(directory) != std::string::npos ||
        entry.command_line.find(directory) != std::string::npos) {
      found.push_back(std::move(entry));
    }
  }
  return found;
}

size_t CountDescriptors(pid_t pid) { return CountEntries(absl::StrCat("/proc/", pid, "/fd")); }

size_t CountThreads(pid_t pid) { return CountEntries(absl::StrCat("/proc/", pid, "/task")); }

size_t CountZombieChildren(pid_t pid) {
  const std::vector<ProcessEntry> processes = ListProcesses();
  return static_cast<size_t>(std::count_if(
      processes.begin(), processes.end(),
      [pid](const ProcessEntry& entry) { return entry.parent == pid && entry.state == 'Z'; }));
}

size_t ResidentBytes(pid_t pid) {
  size_t total = 0;
  size_t resident = 0;
  std::sscanf(ReadFile(absl::StrCat("/proc/", pid, "/statm")).c_str(), "%zu %zu", &total,
              &resident);
  return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace proctor
