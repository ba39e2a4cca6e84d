#include "client/failure_detail.h"

namespace proctor {

void SetFailureDetail(const v1::FailureDetail& detail, absl::Status* status) {
  *status = WithFailureDetail(*status, detail);
}

}  // namespace proctor
