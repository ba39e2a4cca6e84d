#ifndef PROCTOR_CLIENT_FAILURE_DETAIL_H_
#define PROCTOR_CLIENT_FAILURE_DETAIL_H_

#include "absl/status/status.h"
#include "common/failure_detail.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// GetFailureDetail() gives what the agent said about a failed call: stage, operating-system call
// and its error, advice. Empty for a status that did not come from an agent, or that says no more
// than its code and message.

// Attaches `detail` to a status that is not OK, in the form that GetFailureDetail reads.
void SetFailureDetail(const v1::FailureDetail& detail, absl::Status* status);

}  // namespace proctor

#endif  // PROCTOR_CLIENT_FAILURE_DETAIL_H_
