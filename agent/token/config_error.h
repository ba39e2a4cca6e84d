#ifndef PROCTOR_AGENT_TOKEN_CONFIG_ERROR_H_
#define PROCTOR_AGENT_TOKEN_CONFIG_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace proctor {

// INVALID_ARGUMENT about one field of the configuration, as its reader would write it
// ("policy.run_as[0].users.group[1]"): in the message, and as FailureDetail.field, by which the
// line of the file is found.
absl::Status ConfigError(absl::string_view field, absl::string_view message);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_CONFIG_ERROR_H_
