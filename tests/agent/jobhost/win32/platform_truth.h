#ifndef PROCTOR_TESTS_AGENT_JOBHOST_WIN32_PLATFORM_TRUTH_H_
#define PROCTOR_TESTS_AGENT_JOBHOST_WIN32_PLATFORM_TRUTH_H_

#include <cstddef>
#include <cstdint>

namespace proctor::jobhost {

// Not Windows, but Wine, which leaves some calls undone.
bool RunsOnWine();

// Handles that the process has open, of the system's own table: GetProcessHandleCount says 0 under
// Wine. 0: unknown.
size_t OpenHandles(uint32_t pid);

}  // namespace proctor::jobhost

#endif  // PROCTOR_TESTS_AGENT_JOBHOST_WIN32_PLATFORM_TRUTH_H_
