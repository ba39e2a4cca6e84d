#include "common/hex_bytes.h"

#include <cstdint>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace proctor {

absl::StatusOr<std::string> BytesOfHex(absl::string_view digits) {
  if (digits.size() % 2 != 0 || !absl::c_all_of(digits, absl::ascii_isxdigit)) {
    return absl::InvalidArgumentError("not pairs of hexadecimal digits");
  }
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (size_t i = 0; i < digits.size(); i += 2) {
    uint32_t byte = 0;
    (void)absl::SimpleHexAtoi(digits.substr(i, 2), &byte);  // Two digits, as was seen above.
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

}  // namespace proctor
