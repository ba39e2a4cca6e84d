#include "agent/rpc/error_details.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/job/field_error.h"
#include "common/failure_detail.h"
#include "common/os_error.h"
#include "common/utf8.h"
#include "google/rpc/status.pb.h"
#include "proctor/v1/job.pb.h"

namespace proctor {
namespace {

constexpr size_t kMaxDetails = 4096;
constexpr size_t kMaxText = 512;

// A proto string must be UTF-8, whatever is in a path.
std::string Shorten(const std::string& bytes) {
  std::string text = IsUtf8(bytes) ? bytes : EscapeInvalidUtf8(bytes);
  if (text.size() <= kMaxText) return text;
  // Do not cut within a character.
  size_t end = kMaxText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "…");
}

// What the status says of itself, when nobody built a FailureDetail for it.
v1::FailureDetail DetailOf(const absl::Status& status) {
  v1::FailureDetail detail = GetFailureDetail(status).value_or(v1::FailureDetail());
  if (const auto error = GetOsError(status); error.has_value() && detail.call().empty()) {
    detail.set_call(error->call);
    detail.set_os_error_code(error->code);
    detail.set_os_error_name(OsErrorName(error->code));
    detail.set_subject(error->subject);
  }
  if (const auto field = GetErrorField(status); field.has_value()) detail.set_field(*field);
  return detail;
}

void Bound(v1::FailureDetail* detail) {
  detail->set_subject(Shorten(detail->subject()));
  detail->set_advice(Shorten(detail->advice()));
  detail->set_field(Shorten(detail->field()));
  for (v1::StageReport& stage : *detail->mutable_stages())
    stage.set_result(Shorten(stage.result()));
  if (detail->ByteSizeLong() > kMaxDetails) {
    for (v1::StageReport& stage : *detail->mutable_stages()) stage.clear_result();
  }
  if (detail->ByteSizeLong() > kMaxDetails) detail->clear_stages();
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());
  std::string message = Shorten(std::string(status.message()));
  v1::FailureDetail detail = DetailOf(status);
  if (detail.ByteSizeLong() == 0) return grpc::Status(code, message);
  Bound(&detail);
  google::rpc::Status details;
  details.set_code(static_cast<int>(code));
  details.set_message(message);
  details.add_details()->PackFrom(detail);
  return grpc::Status(code, std::move(message), details.SerializeAsString());
}

grpc::Status AgentStopping() {
  return grpc::Status(grpc::StatusCode::UNAVAILABLE,
                      "the agent is stopping; its jobs go on: call again");
}

}  // namespace proctor
