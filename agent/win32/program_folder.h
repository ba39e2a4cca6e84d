#ifndef PROCTOR_AGENT_WIN32_PROGRAM_FOLDER_H_
#define PROCTOR_AGENT_WIN32_PROGRAM_FOLDER_H_

#include <windows.h>

#include <string>

#include "absl/status/statusor.h"

namespace proctor {

// The path of `program` without links, when nobody but the system, the administrators, the
// installer of Windows and the user of this process can put another program in its place, a DLL
// beside it, or another folder in the place of one that it lies in. PERMISSION_DENIED names who
// can, and what to do: the system runs a service's program as itself.
absl::StatusOr<std::string> CheckProgramFolder(const std::string& program);

// The SID of somebody else whom `descriptor` (owner and DACL of a file or folder) gives one of
// `rights`; empty without. Entries that deny are not looked at.
absl::StatusOr<std::string> ForeignHolder(PSECURITY_DESCRIPTOR descriptor, ACCESS_MASK rights);

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_PROGRAM_FOLDER_H_
