#ifndef PROCTOR_COMMON_HEX_BYTES_H_
#define PROCTOR_COMMON_HEX_BYTES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor {

// The bytes that hexadecimal digits of either case name, two digits a byte. INVALID_ARGUMENT for an
// odd number of digits and for anything that is not one. Abseil's own function has another
// signature in each of its releases.
absl::StatusOr<std::string> BytesOfHex(absl::string_view digits);

}  // namespace proctor

#endif  // PROCTOR_COMMON_HEX_BYTES_H_
