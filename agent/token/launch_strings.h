#ifndef PROCTOR_AGENT_TOKEN_LAUNCH_STRINGS_H_
#define PROCTOR_AGENT_TOKEN_LAUNCH_STRINGS_H_

#include <string>

#include "proctor/v1/job.pb.h"

namespace proctor {

// The strings of a valid spec (ValidateLaunchSpec), from the field of their name or, where that is
// empty, from `byte_strings`: then they need not be UTF-8. They live as long as the spec.

inline const google::protobuf::RepeatedPtrField<std::string>& ArgumentsOf(
    const v1::LaunchSpec& spec) {
  return spec.argv().empty() ? spec.byte_strings().argv() : spec.argv();
}

inline const std::string& ExecutableOf(const v1::LaunchSpec& spec) {
  return spec.executable().empty() ? spec.byte_strings().executable() : spec.executable();
}

inline const std::string& WorkingDirectoryOf(const v1::LaunchSpec& spec) {
  return spec.working_directory().empty() ? spec.byte_strings().working_directory()
                                          : spec.working_directory();
}

// Of a stream that goes to a file.
inline const std::string& OutputPathOf(const v1::LaunchSpec& spec, bool standard_error) {
  const v1::OutputTarget& target = standard_error ? spec.standard_error() : spec.standard_output();
  if (!target.file().path().empty()) return target.file().path();
  return standard_error ? spec.byte_strings().standard_error_path()
                        : spec.byte_strings().standard_output_path();
}

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_LAUNCH_STRINGS_H_
