#ifndef PROCTOR_TESTS_AGENT_JOBHOST_WIN32_PROGRAM_H_
#define PROCTOR_TESTS_AGENT_JOBHOST_WIN32_PROGRAM_H_

#include <string>

#include "absl/strings/string_view.h"

namespace proctor::jobhost {

// A program of this build: the tests lie beside them. `name`: "jobhost\\exit_code.exe".
std::string ProgramPath(absl::string_view name);

}  // namespace proctor::jobhost

#endif  // PROCTOR_TESTS_AGENT_JOBHOST_WIN32_PROGRAM_H_
