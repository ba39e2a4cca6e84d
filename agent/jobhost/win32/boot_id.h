#ifndef PROCTOR_AGENT_JOBHOST_WIN32_BOOT_ID_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_BOOT_ID_H_

#include <string>

#include "absl/status/statusor.h"

namespace proctor::jobhost {

// Another one after each start of the system: its boot time in units of 100 ns as the kernel noted
// it, without the corrections of the clock since, which move the time of boot as well.
absl::StatusOr<std::string> BootId();

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_BOOT_ID_H_
