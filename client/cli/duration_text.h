#ifndef PROCTOR_CLIENT_CLI_DURATION_TEXT_H_
#define PROCTOR_CLIENT_CLI_DURATION_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace proctor::cli {

// "90", "30s", "1m30s", "500ms", "1.5h", "2d". A bare number is seconds. Not negative, not
// infinite.
absl::StatusOr<absl::Duration> ParseDurationText(absl::string_view text);

// Three digits that matter: "850ns", "12.3us", "4.56ms", "1.2s", "2m05s", "3h07m", "4d02h".
std::string DurationText(absl::Duration duration);

// "3m ago", "just now", "in 5m".
std::string AgeText(absl::Time time, absl::Time now);

// Local time to the second: "2024-02-29 17:05:33".
std::string ClockText(absl::Time time);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_DURATION_TEXT_H_
