#ifndef PROCTOR_AGENT_LINUX_NAME_FAILURE_H_
#define PROCTOR_AGENT_LINUX_NAME_FAILURE_H_

#include "absl/status/status.h"
#include "proctor/names/name_helper.pb.h"

namespace proctor {

// A status with all that it carries, on its way from one process to another. There and back it is
// the same. OK must not be asked for: an answer says that by having no failure.
names::Failure FailureOf(const absl::Status& status);
// Never OK, whatever `failure` says.
absl::Status StatusOf(const names::Failure& failure);

}  // namespace proctor

#endif  // PROCTOR_AGENT_LINUX_NAME_FAILURE_H_
