#ifndef PROCTOR_AGENT_JOBHOST_LINUX_PROGRAM_INTERPRETER_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_PROGRAM_INTERPRETER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace proctor::jobhost {

// The interpreter that a program names, from its first bytes: that of a script's first line, or the
// dynamic loader of an ELF file. Empty when it names none there.
std::string InterpreterOf(absl::string_view head);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_PROGRAM_INTERPRETER_H_
