#ifndef PROCTOR_AGENT_JOBHOST_WIN32_RANDOM_NAME_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_RANDOM_NAME_H_

#include <string>

#include "absl/status/statusor.h"

namespace proctor::jobhost {

// 128 random bits as hexadecimal digits.
absl::StatusOr<std::string> RandomName();

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_RANDOM_NAME_H_
