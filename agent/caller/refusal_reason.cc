#include "agent/caller/refusal_reason.h"

namespace proctor {
namespace {

constexpr char kPrincipalUrl[] = "proctor.audit/principal";
constexpr char kReasonUrl[] = "proctor.audit/reason";

std::string Payload(const absl::Status& status, absl::string_view url) {
  const absl::optional<absl::Cord> payload = status.GetPayload(url);
  return payload.has_value() ? std::string(*payload) : "";
}

}  // namespace

absl::Status WithRefusalReason(absl::Status status, const RefusalReason& reason) {
  status.SetPayload(kPrincipalUrl, absl::Cord(reason.principal));
  status.SetPayload(kReasonUrl, absl::Cord(reason.reason));
  return status;
}

absl::optional<RefusalReason> GetRefusalReason(const absl::Status& status) {
  if (!status.GetPayload(kReasonUrl).has_value()) return absl::nullopt;
  return RefusalReason{Payload(status, kPrincipalUrl), Payload(status, kReasonUrl)};
}

}  // namespace proctor
