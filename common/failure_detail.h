#ifndef PROCTOR_COMMON_FAILURE_DETAIL_H_
#define PROCTOR_COMMON_FAILURE_DETAIL_H_

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// `status` with `detail` as a payload: inside the agent on its way to the edge where it becomes a
// gRPC status, inside the client from there on.
absl::Status WithFailureDetail(absl::Status status, const v1::FailureDetail& detail);

absl::optional<v1::FailureDetail> GetFailureDetail(const absl::Status& status);

}  // namespace proctor

#endif  // PROCTOR_COMMON_FAILURE_DETAIL_H_
