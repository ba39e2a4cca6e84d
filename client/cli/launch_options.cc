#include "client/cli/launch_options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/byte_strings.h"
#include "client/cli/duration_text.h"
#include "client/cli/error_report.h"
#include "client/cli/grant_text.h"
#include "client/cli/output_target_text.h"
#include "client/cli/signal_name.h"
#include "client/cli/size_text.h"
#include "client/cli/standard_streams.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

absl::Status FillDuration(absl::string_view option, const std::string& text,
                          google::protobuf::Duration* (*field)(v1::LaunchSpec*),
                          v1::LaunchSpec* spec) {
  if (text.empty()) return absl::OkStatus();
  const absl::StatusOr<absl::Duration> duration = ParseDurationText(text);
  if (!duration.ok()) return Blame(option, duration.status());
  SetDurationProto(*duration, field(spec));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::OnCallerGone> ParseOnCallerGone(absl::string_view text) {
  v1::OnCallerGone gone;
  if (text == "keep") {
    gone.set_action(v1::OnCallerGone::KEEP);
    return gone;
  }
  if (absl::ConsumePrefix(&text, "kill")) {
    gone.set_action(v1::OnCallerGone::KILL);
    if (text.empty()) return gone;
    if (absl::ConsumePrefix(&text, ":")) {
      const absl::StatusOr<absl::Duration> after = ParseDurationText(text);
      if (!after.ok()) return after.status();
      SetDurationProto(*after, gone.mutable_after());
      return gone;
    }
  }
  return absl::InvalidArgumentError("write keep, kill or kill:DURATION");
}

absl::StatusOr<NameAndValue> ParseNameAndValue(absl::string_view text, absl::string_view form) {
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos || equals == 0) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not ", form));
  }
  return NameAndValue{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

void LaunchOptions::Define(CLI::App* app) {
  const auto add = [app](const char* name, std::string& value, const char* type, const char* help) {
    return app->add_option(name, value, help)->type_name(type);
  };
  const auto add_list = [app](const char* name, std::vector<std::string>& values, const char* type,
                              const char* help) {
    return app->add_option(name, values, help)->type_name(type)->allow_extra_args(false);
  };
  add("-C,--cwd", working_directory_, "DIR", "Directory to run in (default: the home directory)");
  add_list("-e,--env", environment_, "NAME=VALUE",
           "Add to the environment; NAME alone takes its value here; repeatable");
  app->add_flag("--env-exact", exact_environment_, "Exactly the --env variables, nothing else");
  add_list("--unset-env", unset_, "NAME", "Leave out of the login environment; repeatable");
  add("--executable", executable_, "PATH", "Program, when it differs from the first word");
  add("--raw-command-line", raw_command_line_, "TEXT",
      "Windows: the whole command line as the program gets it, in place of one made of the words");
  app->add_flag("--allow-batch-file", allow_batch_file_,
                "Windows: the program may be a .bat or .cmd file, which cmd.exe runs");
  add("--stdin", stdin_, "FILE",
      "Send this file as standard input, read to its end first; - is proctor's own "
      "(default: nothing to read)");
  add("--stdout", stdout_, "TARGET",
      "spool[:SIZE], discard, or FILE[:append|:truncate|:exclusive][:special]");
  add("--stderr", stderr_, "TARGET", "The same, or merge");
  app->add_flag("--merge", merge_, "Standard error into standard output, in the order written");
  add("--output-limit", output_limit_, "SIZE",
      "Bytes kept of each spooled stream, as 10M (default: the agent's, see info)");
  add("-t,--timeout", timeout_, "DURATION", "Kill the job after this time: 30s, 5m, 2h");
  add("--grace", grace_period_, "DURATION",
      "Time between the kill signal and the kill (default: the agent's, 10s)");
  add("--kill-signal", kill_signal_, "SIGNAL", "The signal that asks the job to end (TERM)");
  app->add_flag("--keep-tree", keep_tree_, "Let processes outlive the main process");
  add("--on-caller-gone", on_caller_gone_, "ACTION",
      "keep, kill or kill:DURATION when nobody is attached (run: kill, launch: keep)");
  add("--retention", retention_, "DURATION",
      "Keep record and output this long after the end (default: the agent's, 15m)");
  add_list("-l,--label", labels_, "KEY=VALUE", "Label for ps and watch; repeatable");
  add_list("--share", shared_, "WITH=RIGHTS",
           "user:NAME=RIGHT,... or group:NAME=RIGHT,... of query, read-output, signal, terminate, "
           "delete-record, set-attributes, all; repeatable");
  add("--run-as", run_as_, "ACCOUNT", "Run as this account, if the agent's policy allows it");
  add("--request-id", request_id_, "ID", "Makes the launch repeatable (default: a random id)");
  app->add_flag("--no-new-privs", no_new_privileges_, "Set-user-ID programs have no effect");
  app->add_flag("--drop-caps", drop_capabilities_, "Empty the capability bounding set");
}

absl::StatusOr<v1::LaunchSpec> LaunchOptions::Build(
    const std::vector<std::string>& command_line) const {
  v1::LaunchSpec spec;
  spec.mutable_argv()->Add(command_line.begin(), command_line.end());
  if (spec.argv().empty()) return absl::InvalidArgumentError("no command given");
  spec.set_executable(executable_);
  spec.set_raw_command_line(raw_command_line_);
  spec.set_allow_batch_file(allow_batch_file_);
  if (!working_directory_.empty()) {
    std::error_code error;
    const std::filesystem::path path = std::filesystem::absolute(working_directory_, error);
    spec.set_working_directory(error ? working_directory_ : path.lexically_normal().string());
  }
  for (absl::Status status : {FillEnvironment(&spec), FillOutput(&spec), FillLifetime(&spec),
                              FillLabels(&spec), FillSharing(&spec)}) {
    if (!status.ok()) return status;
  }
  spec.set_run_as(run_as_);
  spec.set_request_id(request_id_);
  if (no_new_privileges_) spec.mutable_restrictions()->set_no_new_privileges(true);
  if (drop_capabilities_) spec.mutable_restrictions()->set_drop_all_capabilities(true);
  if (absl::Status bytes = UseByteStrings(&spec); !bytes.ok()) return bytes;
  return spec;
}

absl::Status LaunchOptions::FillEnvironment(v1::LaunchSpec* spec) const {
  if (exact_environment_) spec->mutable_environment()->set_base(v1::Environment::EXACT);
  for (const std::string& text : environment_) {
    const bool name_only = text.find('=') == std::string::npos;
    const char* here = name_only ? std::getenv(text.c_str()) : nullptr;
    if (here != nullptr) {
      (*spec->mutable_environment()->mutable_variables())[text] = here;
      continue;
    }
    absl::StatusOr<NameAndValue> pair = ParseNameAndValue(text, "NAME=VALUE");
    if (!pair.ok()) return Blame("--env", pair.status());
    (*spec->mutable_environment()->mutable_variables())[pair->name] = pair->value;
  }
  for (const std::string& name : unset_) spec->mutable_environment()->add_unset(name);
  return absl::OkStatus();
}

absl::Status LaunchOptions::FillOutput(v1::LaunchSpec* spec) const {
  if (!stdout_.empty()) {
    absl::StatusOr<v1::OutputTarget> target = ParseOutputTarget(stdout_);
    if (!target.ok()) return Blame("--stdout", target.status());
    if (target->has_merge()) return absl::InvalidArgumentError("--stdout: only stderr can merge");
    *spec->mutable_standard_output() = *std::move(target);
  }
  if (!stderr_.empty()) {
    if (merge_) return absl::InvalidArgumentError("--merge: not together with --stderr");
    absl::StatusOr<v1::OutputTarget> target = ParseOutputTarget(stderr_);
    if (!target.ok()) return Blame("--stderr", target.status());
    *spec->mutable_standard_error() = *std::move(target);
  }
  if (merge_) spec->mutable_standard_error()->mutable_merge();
  if (!output_limit_.empty()) {
    const absl::StatusOr<uint64_t> limit = ParseSizeText(output_limit_);
    if (!limit.ok()) return Blame("--output-limit", limit.status());
    const auto bound = [&limit](v1::OutputTarget* target) {
      const bool spooled = target->target_case() == v1::OutputTarget::TARGET_NOT_SET ||
                           (target->has_spool() && !target->spool().has_limit_bytes());
      if (spooled) target->mutable_spool()->set_limit_bytes(*limit);
    };
    bound(spec->mutable_standard_output());
    bound(spec->mutable_standard_error());
  }
  return absl::OkStatus();
}

absl::Status LaunchOptions::FillLifetime(v1::LaunchSpec* spec) const {
  using Spec = v1::LaunchSpec;
  for (absl::Status status :
       {FillDuration(
            "--timeout", timeout_, [](Spec* s) { return s->mutable_timeout(); }, spec),
        FillDuration(
            "--grace", grace_period_,
            [](Spec* s) { return s->mutable_kill_policy()->mutable_grace_period(); }, spec),
        FillDuration(
            "--retention", retention_, [](Spec* s) { return s->mutable_retention(); }, spec)}) {
    if (!status.ok()) return status;
  }
  if (!kill_signal_.empty()) {
    const absl::StatusOr<int> signal = ParseSignalName(kill_signal_);
    if (!signal.ok()) return Blame("--kill-signal", signal.status());
    spec->mutable_kill_policy()->set_signal(*signal);
  }
  if (keep_tree_) spec->set_tree_after_main(v1::KEEP_TREE);
  if (!on_caller_gone_.empty()) {
    absl::StatusOr<v1::OnCallerGone> gone = ParseOnCallerGone(on_caller_gone_);
    if (!gone.ok()) return Blame("--on-caller-gone", gone.status());
    *spec->mutable_on_caller_gone() = *std::move(gone);
  }
  return absl::OkStatus();
}

absl::Status LaunchOptions::FillLabels(v1::LaunchSpec* spec) const {
  for (const std::string& text : labels_) {
    absl::StatusOr<NameAndValue> pair = ParseNameAndValue(text, "KEY=VALUE");
    if (!pair.ok()) return Blame("--label", pair.status());
    (*spec->mutable_labels())[pair->name] = pair->value;
  }
  return absl::OkStatus();
}

absl::Status LaunchOptions::FillSharing(v1::LaunchSpec* spec) const {
  for (const std::string& text : shared_) {
    const absl::StatusOr<v1::AccessGrant> grant = ParseGrant(text);
    if (!grant.ok()) return Blame("--share", grant.status());
    Share(*grant, spec->mutable_share_with());
  }
  return absl::OkStatus();
}

absl::Status LaunchOptions::ReadStdin(AgentClient& client, v1::LaunchSpec* spec) const {
  if (stdin_.empty()) return absl::OkStatus();
  const absl::StatusOr<v1::DescribeAgentResponse> agent = client.DescribeAgent();
  if (!agent.ok()) return agent.status();
  const uint64_t max_bytes = agent->limits().max_request_bytes();
  absl::StatusOr<std::string> data = ReadAll(stdin_, max_bytes);
  if (absl::IsOutOfRange(data.status())) {
    return absl::InvalidArgumentError(
        absl::StrCat("--stdin: more than ", SizeText(max_bytes),
                     ", which is all that this agent takes (its limits.max_request_bytes)"));
  }
  if (!data.ok()) return Blame("--stdin", data.status());
  spec->mutable_standard_input()->set_data(*std::move(data));
  return absl::OkStatus();
}

}  // namespace proctor::cli
