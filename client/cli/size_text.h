#ifndef PROCTOR_CLIENT_CLI_SIZE_TEXT_H_
#define PROCTOR_CLIENT_CLI_SIZE_TEXT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor::cli {

// Bytes: "4096", "64K", "10M", "1.5GiB" count in 1,024s; "10kB", "10MB" and "1GB" in 1,000s.
absl::StatusOr<uint64_t> ParseSizeText(absl::string_view text);

// "512 B", "1.5 KiB", "10 MiB".
std::string SizeText(uint64_t bytes);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_SIZE_TEXT_H_
