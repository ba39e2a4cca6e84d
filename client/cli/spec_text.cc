// The launch spec in words.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/duration_text.h"
#include "client/cli/grant_text.h"
#include "client/cli/job_text.h"
#include "client/cli/output_target_text.h"
#include "client/cli/signal_name.h"
#include "client/cli/table.h"
#include "common/printable.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

std::string EnvironmentText(const v1::LaunchSpec& spec) {
  const v1::Environment& environment = spec.environment();
  std::vector<std::string> names;
  for (const auto& [name, value] : environment.variables()) names.push_back(Printable(name));
  for (const std::string& variable : spec.byte_strings().environment()) {
    names.push_back(Printable(variable.substr(0, variable.find('='))));
  }
  std::sort(names.begin(), names.end());
  std::string text = environment.base() == v1::Environment::EXACT ? "exactly" : "login";
  if (!names.empty()) {
    absl::StrAppend(&text, environment.base() == v1::Environment::EXACT ? " " : ", with ",
                    absl::StrJoin(names, " "));
  }
  if (!environment.unset().empty()) {
    absl::StrAppend(&text, ", without ", Printable(absl::StrJoin(environment.unset(), " ")));
  }
  return text;
}

// `path`: in place of the target's own.
std::string OutputText(v1::OutputTarget target, const std::string& path) {
  if (!path.empty()) target.mutable_file()->set_path(path);
  return Printable(OutputTargetText(target));
}

std::string KillPolicyText(const v1::KillPolicy& policy) {
  std::string text = SignalName(policy.signal() == 0 ? 15 : policy.signal());
  if (policy.has_grace_period()) {
    absl::StrAppend(&text, ", grace period ",
                    DurationText(FromDurationProto(policy.grace_period())));
  }
  return text;
}

std::string LabelsText(const google::protobuf::Map<std::string, std::string>& labels) {
  std::vector<std::string> pairs;
  for (const auto& [key, value] : labels) pairs.push_back(Printable(absl::StrCat(key, "=", value)));
  std::sort(pairs.begin(), pairs.end());
  return absl::StrJoin(pairs, " ");
}

std::string RestrictionsText(const v1::Restrictions& restrictions) {
  std::vector<absl::string_view> words;
  if (restrictions.no_new_privileges()) words.push_back("no new privileges");
  if (restrictions.drop_all_capabilities()) words.push_back("no capabilities");
  return absl::StrJoin(words, ", ");
}

}  // namespace

Fields SpecFields(const v1::LaunchSpec& spec) {
  Fields fields;
  const auto add = [&fields](absl::string_view name, std::string value) {
    if (!value.empty()) fields.emplace_back(name, std::move(value));
  };
  add("command", CommandText(spec));
  const v1::ByteStrings& bytes = spec.byte_strings();
  for (const std::string& path : {spec.executable(), bytes.executable()}) {
    if (!path.empty()) add("executable", QuoteWord(path));
  }
  add("command line", Printable(spec.raw_command_line()));
  for (const std::string& path : {spec.working_directory(), bytes.working_directory()}) {
    if (!path.empty()) add("directory", QuoteWord(path));
  }
  if (spec.has_environment() || !bytes.environment().empty()) {
    add("environment", EnvironmentText(spec));
  }
  if (spec.has_standard_input()) add("stdin", "given bytes");
  if (spec.has_standard_output()) {
    add("stdout", OutputText(spec.standard_output(), bytes.standard_output_path()));
  }
  if (spec.has_standard_error()) {
    add("stderr", OutputText(spec.standard_error(), bytes.standard_error_path()));
  }
  if (spec.has_timeout()) add("timeout", DurationText(FromDurationProto(spec.timeout())));
  if (spec.has_kill_policy()) add("kill", KillPolicyText(spec.kill_policy()));
  if (spec.tree_after_main() == v1::KEEP_TREE) add("tree", "kept after the main process");
  if (spec.on_caller_gone().action() != v1::OnCallerGone::ACTION_UNSPECIFIED) {
    const bool kill = spec.on_caller_gone().action() == v1::OnCallerGone::KILL;
    const absl::Duration after = FromDurationProto(spec.on_caller_gone().after());
    add("caller gone",
        absl::StrCat(kill ? "kill" : "keep",
                     kill && after > absl::ZeroDuration() ? " after " + DurationText(after) : ""));
  }
  add("labels", LabelsText(spec.labels()));
  add("run as", Printable(spec.run_as()));
  for (const v1::AccessGrant& grant : spec.share_with()) {
    add("shared with", Printable(GrantText(grant)));
  }
  if (spec.has_retention()) add("retention", DurationText(FromDurationProto(spec.retention())));
  add("request id", Printable(spec.request_id()));
  add("restrictions", RestrictionsText(spec.restrictions()));
  return fields;
}

}  // namespace proctor::cli
