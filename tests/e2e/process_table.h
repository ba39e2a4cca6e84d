#ifndef PROCTOR_TESTS_E2E_PROCESS_TABLE_H_
#define PROCTOR_TESTS_E2E_PROCESS_TABLE_H_

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace proctor {

// What /proc says. A process that is only a zombie is not alive.
bool IsAlive(pid_t pid);

struct ProcessEntry {
  pid_t pid = 0;
  pid_t parent = 0;
  char state = 0;            // As in /proc/PID/stat: 'Z' is a zombie.
  std::string executable;    // Empty for a zombie or where it may not be read.
  std::string command_line;  // Words separated by spaces.
};

std::vector<ProcessEntry> ListProcesses();

// Living processes whose program or arguments name something below `directory`, but for this
// process and the forked tasks of it.
std::vector<ProcessEntry> ProcessesOf(const std::string& directory);

size_t CountDescriptors(pid_t pid);
size_t CountThreads(pid_t pid);
size_t CountZombieChildren(pid_t pid);
// Resident memory in bytes.
size_t ResidentBytes(pid_t pid);

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_PROCESS_TABLE_H_
