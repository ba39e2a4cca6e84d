#ifndef PROCTOR_CLIENT_CLI_OUTPUT_TARGET_TEXT_H_
#define PROCTOR_CLIENT_CLI_OUTPUT_TARGET_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proctor/v1/job.pb.h"

namespace proctor::cli {

// "spool", "spool:10M", "discard", "merge", or a file: "FILE", "FILE:append", "FILE:truncate",
// "FILE:exclusive", and ":special" behind any of them to allow a FIFO or a device. A file whose
// name is one of the words is written "./spool".
absl::StatusOr<v1::OutputTarget> ParseOutputTarget(absl::string_view text);

// The same language, for people.
std::string OutputTargetText(const v1::OutputTarget& target);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_OUTPUT_TARGET_TEXT_H_
