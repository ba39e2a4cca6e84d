#ifndef PROCTOR_AGENT_JOB_FIELD_ERROR_H_
#define PROCTOR_AGENT_JOB_FIELD_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace proctor {

// INVALID_ARGUMENT about one field of a request. `field` is the path of the field as a caller would
// write it ("spec.argv[3]"); it stands in the message and, as a payload, beside it.
absl::Status FieldError(absl::string_view field, absl::string_view message);

// The field that such a status is about.
absl::optional<std::string> GetErrorField(const absl::Status& status);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_FIELD_ERROR_H_
