#include "common/failure_detail.h"

#include <string>

#include "absl/strings/cord.h"

namespace proctor {
namespace {

constexpr char kPayloadUrl[] = "type.googleapis.com/proctor.v1.FailureDetail";

}  // namespace

absl::Status WithFailureDetail(absl::Status status, const v1::FailureDetail& detail) {
  status.SetPayload(kPayloadUrl, absl::Cord(detail.SerializeAsString()));
  return status;
}

absl::optional<v1::FailureDetail> GetFailureDetail(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  v1::FailureDetail detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) return absl::nullopt;
  return detail;
}

}  // namespace proctor
