#include "agent/token/sid.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace proctor {
namespace {

constexpr size_t kMaxSubAuthorities = 15;
constexpr size_t kHexDigits = 12;

// As it is printed: "0" or without a leading zero.
bool IsNumber(absl::string_view text) {
  uint32_t number;
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return absl::SimpleAtoi(text, &number);
}

bool IsAuthority(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "0x")) return IsNumber(text);
  if (text.size() != kHexDigits || text.substr(0, 4) == "0000") return false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_isxdigit(byte) || absl::ascii_isupper(byte)) return false;
  }
  return true;
}

}  // namespace

bool IsSid(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '-');
  if (parts.size() < 4 || parts.size() > 3 + kMaxSubAuthorities) return false;
  if (parts[0] != "S" || parts[1] != "1" || !IsAuthority(parts[2])) return false;
  for (size_t i = 3; i < parts.size(); ++i) {
    if (!IsNumber(parts[i])) return false;
  }
  return true;
}

}  // namespace proctor
