#include "agent/job/launch_spec.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "agent/job/access_grants.h"
#include "agent/job/field_error.h"
#include "agent/token/launch_strings.h"
#include "common/utf8_path.h"

namespace proctor {
namespace {

constexpr int kMaxArguments = 65536;
constexpr size_t kMaxLabelKeyBytes = 63;
constexpr size_t kMaxLabelValueBytes = 255;
constexpr size_t kMaxRequestIdBytes = 128;
constexpr size_t kMaxAccountBytes = 256;
constexpr size_t kMaxOtherBytes = 256 << 10;
// Ten years. Nobody means more, and sums of a few such durations still fit 64 bits of nanoseconds.
constexpr absl::Duration kMaxDuration = absl::Hours(24 * 3650);
// Names from the request stand in error messages, cut to this and escaped.
constexpr size_t kMaxQuotedBytes = 64;

std::string Keyed(absl::string_view field, absl::string_view key) {
  return absl::StrCat(field, "[\"", absl::CHexEscape(key.substr(0, kMaxQuotedBytes)), "\"]");
}

absl::Status CheckText(absl::string_view field, absl::string_view text, size_t max_bytes) {
  if (absl::StrContains(text, '\0')) return FieldError(field, "contains a NUL byte");
  if (text.size() > max_bytes) {
    return FieldError(
        field, absl::StrCat(text.size(), " bytes, more than the ", max_bytes, " that are allowed"));
  }
  return absl::OkStatus();
}

absl::Status CheckDuration(absl::string_view field, const google::protobuf::Duration& duration,
                           absl::Duration max) {
  constexpr int kNanosPerSecond = 1'000'000'000;
  const int64_t seconds = duration.seconds();
  const int32_t nanos = duration.nanos();
  if (nanos <= -kNanosPerSecond || nanos >= kNanosPerSecond || (seconds > 0 && nanos < 0) ||
      (seconds < 0 && nanos > 0)) {
    return FieldError(field, "is not a valid duration");
  }
  if (seconds < 0 || nanos < 0) return FieldError(field, "is negative");
  // absl::Seconds saturates at infinity, so any int64 compares right.
  if (absl::Seconds(seconds) + absl::Nanoseconds(nanos) > max) {
    return FieldError(field, absl::StrCat("is longer than ", absl::FormatDuration(max)));
  }
  return absl::OkStatus();
}

absl::Status CheckVariableName(absl::string_view field, absl::string_view name) {
  if (name.empty()) return FieldError(field, "an environment variable without a name");
  if (absl::StrContains(name, '=')) return FieldError(field, "the name contains '='");
  if (absl::StrContains(name, '\0')) return FieldError(field, "the name contains a NUL byte");
  return absl::OkStatus();
}

// What `bytes` of text cost in the block that execve copies: the text, its NUL and its pointer.
size_t BlockCost(size_t bytes) { return bytes + 1 + sizeof(char*); }

bool IsDriveRelative(absl::string_view path) {
  return path.size() > 1 && path[1] == ':' &&
         (path.size() == 2 || (path[2] != '\\' && path[2] != '/'));
}

absl::Status CheckPath(absl::string_view field, const std::string& text, const SpecLimits& limits) {
  if (absl::Status valid = CheckText(field, text, limits.max_path_bytes); !valid.ok()) return valid;
  if (!limits.has_drives || !IsDriveRelative(text)) return absl::OkStatus();
  return FieldError(field, "is relative to the current directory of a drive");
}

absl::Status CheckRawCommandLine(const v1::LaunchSpec& spec, const SpecLimits& limits) {
  constexpr char kField[] = "spec.raw_command_line";
  if (spec.raw_command_line().empty()) return absl::OkStatus();
  if (!limits.has_drives) return FieldError(kField, "is for agents on Windows only");
  if (spec.argv_size() > 1) {
    return FieldError("spec.argv", "holds more than the program, beside a raw_command_line");
  }
  return CheckText(kField, spec.raw_command_line(), limits.max_argument_bytes);
}

// Where the string that counts stands: in the field of `name`, or in that of byte_strings.
std::string Field(absl::string_view name, bool of_bytes) {
  return absl::StrCat(of_bytes ? "spec.byte_strings." : "spec.", name);
}

// That what byte_strings gives stands in for what is not given otherwise.
absl::Status CheckByteStrings(const v1::LaunchSpec& spec, const SpecLimits& limits) {
  if (!spec.has_byte_strings()) return absl::OkStatus();
  if (!limits.takes_byte_strings) {
    return FieldError("spec.byte_strings", "is for agents on POSIX; this one takes UTF-8 only");
  }
  const v1::ByteStrings& bytes = spec.byte_strings();
  const auto both = [](absl::string_view name) {
    return FieldError(absl::StrCat("spec.byte_strings.", name),
                      "is given beside the field that it takes the place of");
  };
  if (!bytes.argv().empty() && !spec.argv().empty()) return both("argv");
  if (!bytes.executable().empty() && !spec.executable().empty()) return both("executable");
  if (!bytes.working_directory().empty() && !spec.working_directory().empty()) {
    return both("working_directory");
  }
  const auto check_output = [&](const char* name, const std::string& path,
                                const v1::OutputTarget& target) {
    if (path.empty()) return absl::OkStatus();
    if (!target.file().path().empty()) return both(name);
    return target.has_file() ? absl::OkStatus()
                             : FieldError(absl::StrCat("spec.byte_strings.", name),
                                          "is the path of a stream that goes to no file");
  };
  absl::Status status =
      check_output("standard_output_path", bytes.standard_output_path(), spec.standard_output());
  status.Update(
      check_output("standard_error_path", bytes.standard_error_path(), spec.standard_error()));
  return status;
}

absl::Status CheckArguments(const v1::LaunchSpec& spec, const SpecLimits& limits) {
  const auto& arguments = ArgumentsOf(spec);
  const std::string field = Field("argv", spec.argv().empty() && !arguments.empty());
  if (arguments.empty()) return FieldError(field, "is empty");
  if (arguments.size() > kMaxArguments) {
    return FieldError(field, absl::StrCat(arguments.size(), " entries, more than the ",
                                          kMaxArguments, " that are allowed"));
  }
  for (int i = 0; i < arguments.size(); ++i) {
    absl::Status argument =
        CheckText(absl::StrCat(field, "[", i, "]"), arguments[i], limits.max_argument_bytes);
    if (!argument.ok()) return argument;
  }
  if (absl::Status raw = CheckRawCommandLine(spec, limits); !raw.ok()) return raw;
  const std::string& executable = ExecutableOf(spec);
  if (executable.empty()) {
    const std::string first = absl::StrCat(field, "[0]");
    if (arguments[0].empty()) return FieldError(first, "is empty and names no program");
    return CheckPath(first, arguments[0], limits);
  }
  return CheckPath(Field("executable", spec.executable().empty()), executable, limits);
}

absl::Status CheckEnvironment(const v1::LaunchSpec& spec, const SpecLimits& limits) {
  const v1::Environment& environment = spec.environment();
  if (!v1::Environment::Base_IsValid(environment.base())) {
    return FieldError("spec.environment.base", "is a value this agent does not know");
  }
  for (const auto& [name, value] : environment.variables()) {
    const std::string field = Keyed("spec.environment.variables", name);
    if (absl::Status valid = CheckVariableName(field, name); !valid.ok()) return valid;
    if (absl::StrContains(value, '\0')) return FieldError(field, "the value contains a NUL byte");
    if (name.size() + 1 + value.size() > limits.max_argument_bytes) {
      return FieldError(field, absl::StrCat("name and value are longer than the ",
                                            limits.max_argument_bytes, " bytes of one entry"));
    }
  }
  for (int i = 0; i < spec.byte_strings().environment_size(); ++i) {
    const std::string field = absl::StrCat("spec.byte_strings.environment[", i, "]");
    const std::string& variable = spec.byte_strings().environment(i);
    const size_t equals = variable.find('=');
    if (equals == std::string::npos) return FieldError(field, "is not NAME=value");
    if (equals == 0) return FieldError(field, "an environment variable without a name");
    absl::Status valid = CheckText(field, variable, limits.max_argument_bytes);
    if (!valid.ok()) return valid;
  }
  for (int i = 0; i < environment.unset_size(); ++i) {
    absl::Status valid =
        CheckVariableName(absl::StrCat("spec.environment.unset[", i, "]"), environment.unset(i));
    if (!valid.ok()) return valid;
  }
  return absl::OkStatus();
}

// What is not an argument or a variable's value is small, or is nothing that this agent knows. The
// record must fit into the 4 MiB that clients take.
absl::Status CheckRecordSize(const v1::LaunchSpec& spec, const SpecLimits& limits) {
  const size_t most = limits.max_argument_block_bytes + kMaxOtherBytes;
  const size_t bytes = spec.ByteSizeLong() - spec.standard_input().data().size();
  if (bytes <= most) return absl::OkStatus();
  return FieldError("spec", absl::StrCat(bytes, " bytes beside the standard input, more than the ",
                                         most, " that are allowed"));
}

// execve would fail with E2BIG, but only once the process exists.
absl::Status CheckArgumentBlock(const v1::LaunchSpec& spec, const SpecLimits& limits) {
  size_t arguments = 0;
  for (const std::string& argument : ArgumentsOf(spec)) arguments += BlockCost(argument.size());
  size_t environment = 0;
  for (const auto& [name, value] : spec.environment().variables()) {
    environment += BlockCost(name.size() + 1 + value.size());
  }
  for (const std::string& variable : spec.byte_strings().environment()) {
    environment += BlockCost(variable.size());
  }
  if (arguments + environment <= limits.max_argument_block_bytes) return absl::OkStatus();
  return FieldError(
      arguments >= environment ? Field("argv", spec.argv().empty()) : "spec.environment.variables",
      absl::StrCat("arguments (", arguments, " bytes) and environment (", environment,
                   " bytes) together exceed the ", limits.max_argument_block_bytes,
                   " bytes that a program can be given; pass large data on standard input"));
}

absl::Status CheckOutput(const v1::LaunchSpec& spec, bool standard_error,
                         const SpecLimits& limits) {
  const char* const field = standard_error ? "spec.standard_error" : "spec.standard_output";
  const v1::OutputTarget& output = standard_error ? spec.standard_error() : spec.standard_output();
  switch (output.target_case()) {
    case v1::OutputTarget::TARGET_NOT_SET:
    case v1::OutputTarget::kDiscard:
      return absl::OkStatus();
    case v1::OutputTarget::kMerge:
      if (standard_error) return absl::OkStatus();
      return FieldError(absl::StrCat(field, ".merge"), "only stderr can be merged, into stdout");
    case v1::OutputTarget::kSpool:
      if (output.spool().limit_bytes() <= limits.max_stream_bytes) return absl::OkStatus();
      return FieldError(absl::StrCat(field, ".spool.limit_bytes"),
                        absl::StrCat(output.spool().limit_bytes(), " is more than the ",
                                     limits.max_stream_bytes, " that this agent keeps"));
    case v1::OutputTarget::kFile:
      break;
  }
  const std::string& path = OutputPathOf(spec, standard_error);
  if (path.empty()) return FieldError(absl::StrCat(field, ".file.path"), "is empty");
  if (!v1::OutputTarget::File::Mode_IsValid(output.file().mode())) {
    return FieldError(absl::StrCat(field, ".file.mode"), "is a value this agent does not know");
  }
  if (!output.file().path().empty()) {
    return CheckPath(absl::StrCat(field, ".file.path"), path, limits);
  }
  return CheckPath(Field(standard_error ? "standard_error_path" : "standard_output_path", true),
                   path, limits);
}

absl::Status CheckWorkingDirectory(const v1::LaunchSpec& spec, const SpecLimits& limits) {
  const std::string& path = WorkingDirectoryOf(spec);
  const std::string field = Field("working_directory", spec.working_directory().empty());
  if (!path.empty() && !Utf8Path(path).is_absolute()) {
    return FieldError(field, "is not an absolute path");
  }
  return CheckText(field, path, limits.max_path_bytes);
}

absl::Status CheckEnding(const v1::LaunchSpec& spec, const SpecLimits& limits) {
  absl::Status status = CheckDuration("spec.timeout", spec.timeout(), kMaxDuration);
  status.Update(CheckDuration("spec.kill_policy.grace_period", spec.kill_policy().grace_period(),
                              kMaxDuration));
  status.Update(
      CheckDuration("spec.on_caller_gone.after", spec.on_caller_gone().after(), kMaxDuration));
  status.Update(ValidateRetention("spec.retention", spec.retention(), limits));
  if (!status.ok()) return status;
  const int signal = spec.kill_policy().signal();
  if (signal < 0 || signal > limits.max_signal) {
    return FieldError("spec.kill_policy.signal",
                      absl::StrCat(signal, " is not between 0 and ", limits.max_signal));
  }
  if (!v1::TreeAfterMain_IsValid(spec.tree_after_main())) {
    return FieldError("spec.tree_after_main", "is a value this agent does not know");
  }
  if (!v1::OnCallerGone::Action_IsValid(spec.on_caller_gone().action())) {
    return FieldError("spec.on_caller_gone.action", "is a value this agent does not know");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateLaunchSpec(const v1::LaunchSpec& spec, const SpecLimits& limits) {
  // Update keeps the first fault, so the order is the one in which the fields stand in the proto.
  absl::Status status = CheckByteStrings(spec, limits);
  // No look at what is not UTF-8 where all paths are UTF-16: they cannot be made of it.
  if (!status.ok()) return status;
  status.Update(CheckArguments(spec, limits));
  status.Update(CheckWorkingDirectory(spec, limits));
  status.Update(CheckEnvironment(spec, limits));
  status.Update(CheckArgumentBlock(spec, limits));
  status.Update(CheckOutput(spec, false, limits));
  status.Update(CheckOutput(spec, true, limits));
  status.Update(CheckEnding(spec, limits));
  status.Update(ValidateLabels("spec.labels", spec.labels()));
  status.Update(CheckText("spec.run_as", spec.run_as(), kMaxAccountBytes));
  status.Update(CheckText("spec.request_id", spec.request_id(), kMaxRequestIdBytes));
  status.Update(ValidateGrants("spec.share_with", spec.share_with()));
  status.Update(CheckRecordSize(spec, limits));
  return status;
}

absl::Status ValidateLabels(absl::string_view field,
                            const google::protobuf::Map<std::string, std::string>& labels) {
  if (labels.size() > static_cast<size_t>(kMaxLabels)) {
    return FieldError(field, absl::StrCat(labels.size(), " labels, more than the ", kMaxLabels,
                                          " that are allowed"));
  }
  for (const auto& [key, value] : labels) {
    const std::string entry = Keyed(field, key);
    if (key.empty()) return FieldError(entry, "a label without a key");
    if (absl::Status valid = CheckText(entry, key, kMaxLabelKeyBytes); !valid.ok()) return valid;
    if (absl::Status valid = CheckText(entry, value, kMaxLabelValueBytes); !valid.ok()) {
      return valid;
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateRetention(absl::string_view field, const google::protobuf::Duration& retention,
                               const SpecLimits& limits) {
  return CheckDuration(field, retention, limits.max_retention);
}

}  // namespace proctor
