#include "common/bound_exceeded.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"

namespace proctor {

absl::Status BoundExceeded(absl::string_view bound, absl::string_view what,
                           absl::string_view advice) {
  v1::FailureDetail detail;
  detail.set_subject(std::string(bound));
  detail.set_advice(std::string(advice));
  return WithFailureDetail(absl::ResourceExhaustedError(absl::StrCat(bound, ": ", what)), detail);
}

}  // namespace proctor
