#include "client/cli/byte_strings.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/utf8.h"

namespace proctor::cli {
namespace {

// Moves `*text` to where `bytes` gives a place for it.
template <typename Place>
void Move(std::string* text, const Place& bytes) {
  if (IsUtf8(*text)) return;
  *bytes() = std::move(*text);
  text->clear();
}

void MoveOutputPath(v1::OutputTarget* target, std::string* (v1::ByteStrings::*place)(),
                    v1::LaunchSpec* spec) {
  if (!target->has_file()) return;
  Move(target->mutable_file()->mutable_path(),
       [spec, place] { return (spec->mutable_byte_strings()->*place)(); });
}

void MoveVariables(v1::LaunchSpec* spec) {
  if (!spec->has_environment()) return;
  auto& variables = *spec->mutable_environment()->mutable_variables();
  for (auto variable = variables.begin(); variable != variables.end();) {
    if (IsUtf8(variable->first) && IsUtf8(variable->second)) {
      ++variable;
      continue;
    }
    spec->mutable_byte_strings()->add_environment(
        absl::StrCat(variable->first, "=", variable->second));
    variable = variables.erase(variable);
  }
}

absl::Status CheckRest(const v1::LaunchSpec& spec) {
  std::vector<std::pair<const char*, absl::string_view>> rest = {
      {"--run-as", spec.run_as()}, {"--request-id", spec.request_id()}};
  for (const auto& [name, value] : spec.labels()) {
    rest.emplace_back("--label", name);
    rest.emplace_back("--label", value);
  }
  for (const std::string& name : spec.environment().unset()) rest.emplace_back("--unset-env", name);
  for (const v1::AccessGrant& grant : spec.share_with()) {
    rest.emplace_back("--share", grant.user());
    rest.emplace_back("--share", grant.group());
  }
  for (const auto& [option, text] : rest) {
    if (IsUtf8(text)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": \"", EscapeInvalidUtf8(text), "\" is not UTF-8"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status UseByteStrings(v1::LaunchSpec* spec) {
  if (!std::all_of(spec->argv().begin(), spec->argv().end(), IsUtf8)) {
    spec->mutable_byte_strings()->mutable_argv()->Swap(spec->mutable_argv());
  }
  Move(spec->mutable_executable(),
       [spec] { return spec->mutable_byte_strings()->mutable_executable(); });
  Move(spec->mutable_working_directory(),
       [spec] { return spec->mutable_byte_strings()->mutable_working_directory(); });
  MoveVariables(spec);
  if (spec->has_standard_output()) {
    MoveOutputPath(spec->mutable_standard_output(), &v1::ByteStrings::mutable_standard_output_path,
                   spec);
  }
  if (spec->has_standard_error()) {
    MoveOutputPath(spec->mutable_standard_error(), &v1::ByteStrings::mutable_standard_error_path,
                   spec);
  }
  return CheckRest(*spec);
}

}  // namespace proctor::cli
