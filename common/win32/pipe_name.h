#ifndef PROCTOR_COMMON_WIN32_PIPE_NAME_H_
#define PROCTOR_COMMON_WIN32_PIPE_NAME_H_

#include <string>

#include "absl/strings/string_view.h"

namespace proctor {

// The whole name of the pipe NAME: "\\.\pipe\NAME". Whoever comes first has it.
std::string OpenPipeName(absl::string_view name);
// "\\.\pipe\ProtectedPrefix\Administrators\NAME": the file system of pipes lets only the system and
// administrators make pipes there, so nobody else can take the name of an agent that has not
// started yet. Everybody may open them, as far as their own descriptors allow.
std::string ProtectedPipeName(absl::string_view name);
// Where this process serves NAME: protected when it can.
std::string ServedPipeName(absl::string_view name);

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_PIPE_NAME_H_
