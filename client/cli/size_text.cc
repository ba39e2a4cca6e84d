#include "client/cli/size_text.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/optional.h"

namespace proctor::cli {
namespace {

constexpr absl::string_view kPrefixes = "KMGTP";

// The factor of "", "B", "K", "KiB", "kB" and their like.
absl::optional<double> Factor(absl::string_view unit) {
  if (unit.empty() || unit == "B") return 1;
  const size_t power = kPrefixes.find(unit[0] == 'k' ? 'K' : unit[0]);
  if (power == absl::string_view::npos) return absl::nullopt;
  const absl::string_view rest = unit.substr(1);
  if (rest.empty() || rest == "i" || rest == "iB") {
    return std::pow(1024.0, static_cast<double>(power) + 1);
  }
  if (rest == "B") return std::pow(1000.0, static_cast<double>(power) + 1);
  return absl::nullopt;
}

}  // namespace

absl::StatusOr<uint64_t> ParseSizeText(absl::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const absl::optional<double> factor = Factor(text.substr(digits));
  double number = 0;
  uint64_t whole = 0;
  if (factor.has_value()) {
    if (*factor == 1 && absl::SimpleAtoi(text.substr(0, digits), &whole)) return whole;
    // 2^64 as a double; beyond it the conversion would be undefined.
    if (absl::SimpleAtod(text.substr(0, digits), &number) &&
        number * *factor < 18446744073709551616.0) {
      return static_cast<uint64_t>(number * *factor);
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is not a size; write bytes, 64K, 10M or 1.5G"));
}

std::string SizeText(uint64_t bytes) {
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  double value = static_cast<double>(bytes);
  size_t power = 0;
  // 1023.95 and more would print as 1024.0.
  while (value >= 1023.95 && power < kPrefixes.size()) {
    value /= 1024;
    ++power;
  }
  std::string number = absl::StrFormat("%.1f", value);
  if (number.ends_with(".0")) number.resize(number.size() - 2);
  return absl::StrCat(number, " ", kPrefixes.substr(power - 1, 1), "iB");
}

}  // namespace proctor::cli
