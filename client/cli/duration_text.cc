#include "client/cli/duration_text.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace proctor::cli {
namespace {

// "4.56ms": the value in `unit`, shortened to about three digits, without trailing zeros.
std::string Decimal(double value, absl::string_view unit) {
  const int digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  std::string text = absl::StrFormat("%.*f", digits, value);
  if (digits > 0) {
    text.erase(text.find_last_not_of('0') + 1);
    if (absl::EndsWith(text, ".")) text.pop_back();
  }
  return absl::StrCat(text, unit);
}

// The greatest unit only: "3m", "2h", "5d".
std::string Coarse(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration);
  if (seconds < 60) return absl::StrCat(seconds, "s");
  if (seconds < 3600) return absl::StrCat(seconds / 60, "m");
  if (seconds < 48 * 3600) return absl::StrCat(seconds / 3600, "h");
  return absl::StrCat(seconds / 86400, "d");
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDurationText(absl::string_view text) {
  absl::Duration duration;
  double number = 0;
  absl::string_view days = text;
  bool parsed = false;
  if (absl::SimpleAtod(text, &number)) {
    duration = absl::Seconds(number);
    parsed = std::isfinite(number);
  } else if (absl::EndsWith(text, "d")) {
    days.remove_suffix(1);
    parsed = absl::SimpleAtod(days, &number) && std::isfinite(number);
    duration = absl::Hours(24) * number;
  } else {
    parsed = absl::ParseDuration(text, &duration);
  }
  // The bound of google.protobuf.Duration.
  if (!parsed || duration < absl::ZeroDuration() || duration > absl::Seconds(315576000000)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is not a duration; write 30s, 1m30s, 500ms, 2h or 1d"));
  }
  return duration;
}

std::string DurationText(absl::Duration duration) {
  if (duration < absl::ZeroDuration()) return absl::StrCat("-", DurationText(-duration));
  if (duration == absl::ZeroDuration()) return "0s";
  if (duration < absl::Microseconds(1)) {
    return absl::StrCat(absl::ToInt64Nanoseconds(duration), "ns");
  }
  if (duration < absl::Nanoseconds(999500)) {
    return Decimal(absl::ToDoubleMicroseconds(duration), "us");
  }
  if (duration < absl::Microseconds(999500)) {
    return Decimal(absl::ToDoubleMilliseconds(duration), "ms");
  }
  if (duration < absl::Milliseconds(59950)) return Decimal(absl::ToDoubleSeconds(duration), "s");
  const int64_t seconds = absl::ToInt64Seconds(duration + absl::Milliseconds(500));
  if (seconds < 3600) return absl::StrFormat("%dm%02ds", seconds / 60, seconds % 60);
  const int64_t minutes = seconds / 60;
  if (minutes < 24 * 60) return absl::StrFormat("%dh%02dm", minutes / 60, minutes % 60);
  const int64_t hours = minutes / 60;
  return absl::StrFormat("%dd%02dh", hours / 24, hours % 24);
}

std::string AgeText(absl::Time time, absl::Time now) {
  const absl::Duration age = now - time;
  if (age > -absl::Seconds(1) && age < absl::Seconds(1)) return "just now";
  if (age < absl::ZeroDuration()) return absl::StrCat("in ", Coarse(-age));
  return absl::StrCat(Coarse(age), " ago");
}

std::string ClockText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::LocalTimeZone());
}

}  // namespace proctor::cli
