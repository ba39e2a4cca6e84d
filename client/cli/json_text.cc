#include "client/cli/json_text.h"

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/failure_detail.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace proctor::cli {
namespace {

std::string Json(const google::protobuf::Message& message) {
  std::string text;
  // Fails only for an Any of unknown type or an invalid timestamp.
  const auto status = google::protobuf::util::MessageToJsonString(message, &text);
  return status.ok() ? text : std::string("{}");
}

std::string JsonString(absl::string_view text) {
  google::protobuf::Value value;
  value.set_string_value(std::string(text));
  return Json(value);
}

}  // namespace

std::string JsonLine(const google::protobuf::Message& message) {
  return absl::StrCat(Json(message), "\n");
}

std::string JsonLineWithJobId(absl::string_view job_id, const google::protobuf::Message& message) {
  const std::string body = Json(message);
  return absl::StrCat("{\"jobId\":", JsonString(job_id), body == "{}" ? "" : ",", body.substr(1),
                      "\n");
}

std::string JsonErrorLine(const absl::Status& status, absl::string_view job_id) {
  std::string text =
      absl::StrCat("{\"error\":{\"code\":\"", absl::StatusCodeToString(status.code()),
                   "\",\"message\":", JsonString(std::string(status.message())));
  if (!job_id.empty()) absl::StrAppend(&text, ",\"jobId\":", JsonString(job_id));
  const absl::optional<v1::FailureDetail> detail = GetFailureDetail(status);
  if (detail.has_value()) absl::StrAppend(&text, ",\"detail\":", Json(*detail));
  return absl::StrCat(text, "}}\n");
}

}  // namespace proctor::cli
