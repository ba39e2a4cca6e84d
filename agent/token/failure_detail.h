#ifndef PROCTOR_AGENT_TOKEN_FAILURE_DETAIL_H_
#define PROCTOR_AGENT_TOKEN_FAILURE_DETAIL_H_

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// `status` with `detail` as a payload, on its way to the edge where it becomes a gRPC status.
absl::Status WithFailureDetail(absl::Status status, const v1::FailureDetail& detail);

absl::optional<v1::FailureDetail> GetFailureDetail(const absl::Status& status);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_FAILURE_DETAIL_H_
