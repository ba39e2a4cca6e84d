#ifndef PROCTOR_AGENT_JOBHOST_WIN32_ENVIRONMENT_BLOCK_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_ENVIRONMENT_BLOCK_H_

#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace proctor::jobhost {

// What CREATE_UNICODE_ENVIRONMENT takes: "NAME=value" strings, each with its NUL and one more at
// the end, sorted by name without regard to case, as the look-up in a child may rely on. Of equal
// names the last counts. INVALID_ARGUMENT for entries that are not UTF-8 or have no name.
absl::StatusOr<std::wstring> BuildEnvironmentBlock(
    const google::protobuf::RepeatedPtrField<std::string>& environment);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_ENVIRONMENT_BLOCK_H_
