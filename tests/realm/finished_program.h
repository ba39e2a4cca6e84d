#ifndef PROCTOR_TESTS_REALM_FINISHED_PROGRAM_H_
#define PROCTOR_TESTS_REALM_FINISHED_PROGRAM_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor {

// Variables in place of, or beside, those of this process.
using ProgramEnvironment = std::map<std::string, std::string>;

struct FinishedProgram {
  int exit_code = -1;  // 128 + signal when one ended it.
  std::string output;  // Both streams, as they came.
};

// Runs `argv` (found in PATH, and in the places of administrators' programs) to its end with
// `input` as its standard input. An error when it cannot be started.
absl::StatusOr<FinishedProgram> RunProgram(const std::vector<std::string>& argv,
                                           const ProgramEnvironment& environment = {},
                                           absl::string_view input = "");

// The words NAME=VALUE of this process's environment with `changes` applied.
std::vector<std::string> EnvironmentWith(const ProgramEnvironment& changes);

// The path of a program in PATH or in /usr/sbin and /sbin; empty when there is none.
std::string FindProgram(absl::string_view name);

}  // namespace proctor

#endif  // PROCTOR_TESTS_REALM_FINISHED_PROGRAM_H_
