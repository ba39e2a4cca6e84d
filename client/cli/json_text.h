#ifndef PROCTOR_CLIENT_CLI_JSON_TEXT_H_
#define PROCTOR_CLIENT_CLI_JSON_TEXT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace proctor::cli {

// The protobuf JSON form on one line, with the newline.
std::string JsonLine(const google::protobuf::Message& message);

// The same with "jobId" in front, for a message that does not name its job.
std::string JsonLineWithJobId(absl::string_view job_id, const google::protobuf::Message& message);

// {"error":{"code":"NOT_FOUND","message":"…","jobId":"…","detail":{…}}}; the job id may be empty.
std::string JsonErrorLine(const absl::Status& status, absl::string_view job_id);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_JSON_TEXT_H_
