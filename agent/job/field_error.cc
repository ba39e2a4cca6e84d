#include "agent/job/field_error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

constexpr char kPayloadUrl[] = "proctor/field";

}  // namespace

absl::Status FieldError(absl::string_view field, absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(absl::StrCat(field, ": ", message));
  status.SetPayload(kPayloadUrl, absl::Cord(field));
  return status;
}

absl::optional<std::string> GetErrorField(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value()) return absl::nullopt;
  return std::string(*payload);
}

}  // namespace proctor
