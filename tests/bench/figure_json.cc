#include "tests/bench/figure_json.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"

namespace proctor::bench {
namespace {

void SetText(google::protobuf::Struct* object, const std::string& name, const std::string& text) {
  if (!text.empty()) (*object->mutable_fields())[name].set_string_value(text);
}

void SetNumber(google::protobuf::Struct* object, const std::string& name,
               absl::optional<double> number) {
  if (number.has_value()) (*object->mutable_fields())[name].set_number_value(*number);
}

absl::optional<double> Milliseconds(absl::optional<absl::Duration> duration) {
  if (!duration.has_value()) return absl::nullopt;
  return absl::ToDoubleMilliseconds(*duration);
}

void SetFigure(const Figure& figure, google::protobuf::Struct* object) {
  SetText(object, "group", figure.group);
  SetText(object, "name", figure.name);
  if (!figure.skipped.empty()) {
    SetText(object, "skipped", figure.skipped);
    return;
  }
  SetNumber(object, "value", figure.value);
  SetText(object, "unit", figure.unit);
  SetNumber(object, "p50_ms", Milliseconds(figure.p50));
  SetNumber(object, "p99_ms", Milliseconds(figure.p99));
  SetNumber(object, "limit", figure.limit);
  SetText(object, "limit_name", figure.limit_name);
  SetNumber(object, "ratio", figure.ratio());
  SetText(object, "target", figure.target);
  if (figure.target_met.has_value()) {
    (*object->mutable_fields())["target_met"].set_bool_value(*figure.target_met);
  }
}

}  // namespace

absl::StatusOr<std::string> FormatJson(absl::Span<const Figure> figures) {
  google::protobuf::Struct report;
  google::protobuf::ListValue* list = (*report.mutable_fields())["figures"].mutable_list_value();
  for (const Figure& figure : figures)
    SetFigure(figure, list->add_values()->mutable_struct_value());
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(report, &text, options);
  if (!status.ok())
    return absl::InternalError(absl::StrCat("JSON: ", std::string(status.message())));
  return text;
}

}  // namespace proctor::bench
