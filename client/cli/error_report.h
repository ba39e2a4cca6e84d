#ifndef PROCTOR_CLIENT_CLI_ERROR_REPORT_H_
#define PROCTOR_CLIENT_CLI_ERROR_REPORT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "proctor/v1/job.pb.h"

namespace proctor::cli {

// A failed call in words.
struct ErrorReport {
  // "stage IMPERSONATE: execve /x: ENOENT (2)".
  std::string headline;
  // The system's own words for the code, "No such file or directory"; for a code that this platform
  // does not have by that name, the words that came with it. May be empty.
  std::string system_message;
  // What to do about it; may be empty.
  std::string advice;
};

// `status` with the option's name in front of what is wrong with its value.
absl::Status Blame(absl::string_view option, const absl::Status& status);

// `target` is the agent's address, for an agent that cannot be reached.
ErrorReport DescribeError(const absl::Status& status, absl::string_view target);

// "stage IMPERSONATE: execve /x: ENOENT (2)"; `message` where the detail itself does not say
// enough.
std::string FailureText(const v1::FailureDetail& detail, absl::string_view message);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_ERROR_REPORT_H_
