#include "agent/linux/name_failure.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"

namespace proctor {

names::Failure FailureOf(const absl::Status& status) {
  names::Failure failure;
  failure.set_code(status.raw_code());
  failure.set_message(std::string(status.message()));
  status.ForEachPayload([&failure](absl::string_view type, const absl::Cord& payload) {
    (*failure.mutable_payloads())[std::string(type)] = std::string(payload);
  });
  return failure;
}

absl::Status StatusOf(const names::Failure& failure) {
  const auto code = static_cast<absl::StatusCode>(failure.code());
  absl::Status status(code == absl::StatusCode::kOk ? absl::StatusCode::kInternal : code,
                      failure.message());
  for (const auto& [type, payload] : failure.payloads()) {
    status.SetPayload(type, absl::Cord(payload));
  }
  return status;
}

}  // namespace proctor
