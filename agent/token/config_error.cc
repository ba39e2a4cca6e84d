#include "agent/token/config_error.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"

namespace proctor {

absl::Status ConfigError(absl::string_view field, absl::string_view message) {
  v1::FailureDetail detail;
  detail.set_field(std::string(field));
  return WithFailureDetail(
      absl::InvalidArgumentError(absl::StrCat("configuration field ", field, ": ", message)),
      detail);
}

}  // namespace proctor
