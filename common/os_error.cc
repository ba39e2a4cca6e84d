#include "common/os_error.h"

#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace proctor {
namespace {

constexpr char kPayloadUrl[] = "proctor/os-error";

}  // namespace

absl::Status OsErrorStatus(absl::string_view call, int code, absl::string_view subject) {
  return OsErrorStatus(CanonicalCode(code), call, code, subject);
}

absl::Status OsErrorStatus(absl::StatusCode status_code, absl::string_view call, int code,
                           absl::string_view subject) {
  absl::Status status(status_code, absl::StrCat(call, subject.empty() ? "" : " ", subject, ": ",
                                                OsErrorText(code), " (", OsErrorName(code), ")"));
  status.SetPayload(kPayloadUrl, absl::Cord(absl::StrCat(call, "\n", code, "\n", subject)));
  return status;
}

absl::optional<OsError> GetOsError(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value()) return absl::nullopt;
  const std::string text(*payload);
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('\n', 2));
  OsError error;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[1], &error.code)) return absl::nullopt;
  error.call = parts[0];
  error.subject = parts[2];
  return error;
}

}  // namespace proctor
