#ifndef PROCTOR_AGENT_CALLER_REFUSAL_REASON_H_
#define PROCTOR_AGENT_CALLER_REFUSAL_REASON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace proctor {

// Why a caller was refused, for the audit log: more than the caller is told.
struct RefusalReason {
  std::string principal;  // Whom the caller said to be.
  std::string reason;
};

// The same status, with what its receiver does not get to see: never part of a gRPC status.
absl::Status WithRefusalReason(absl::Status status, const RefusalReason& reason);
absl::optional<RefusalReason> GetRefusalReason(const absl::Status& status);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_REFUSAL_REASON_H_
