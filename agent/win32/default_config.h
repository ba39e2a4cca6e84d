#ifndef PROCTOR_AGENT_WIN32_DEFAULT_CONFIG_H_
#define PROCTOR_AGENT_WIN32_DEFAULT_CONFIG_H_

#include "absl/strings/string_view.h"

namespace proctor {

// The configuration file that `proctord install` writes: comments, and nothing that differs from
// what holds without it.
absl::string_view DefaultConfig();

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_DEFAULT_CONFIG_H_
