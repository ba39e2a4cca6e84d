#include "agent/token/posix/login_environment.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace proctor {
namespace {

// What execvp(3) searches without PATH.
constexpr absl::string_view kFallbackPath = "/bin:/usr/bin";

void Overlay(const VariableMap& variables, VariableMap* block) {
  for (const auto& [name, value] : variables) (*block)[name] = value;
}

}  // namespace

std::vector<std::string> BuildEnvironment(const Account& account, const LoginDefaults& defaults,
                                          const v1::LaunchSpec& spec, absl::string_view job_id) {
  const v1::Environment& request = spec.environment();
  VariableMap block;
  if (request.base() == v1::Environment::LOGIN) {
    block["PATH"] = defaults.path;
    if (defaults.system != nullptr) Overlay(*defaults.system, &block);
    if (defaults.path_is_configured) block["PATH"] = defaults.path;
    if (defaults.configured != nullptr) Overlay(*defaults.configured, &block);
    block["HOME"] = account.home;
    block["USER"] = account.name;
    block["LOGNAME"] = account.name;
    block["SHELL"] = account.shell;
    if (!account.runtime_directory.empty()) block["XDG_RUNTIME_DIR"] = account.runtime_directory;
    block["PROCTOR_JOB_ID"] = std::string(job_id);
    for (const std::string& name : request.unset()) block.erase(name);
  }
  for (const auto& [name, value] : request.variables()) block[name] = value;
  for (const absl::string_view variable : spec.byte_strings().environment()) {
    const size_t equals = variable.find('=');
    block[std::string(variable.substr(0, equals))] = std::string(variable.substr(equals + 1));
  }
  std::vector<std::string> variables;
  variables.reserve(block.size());
  for (const auto& [name, value] : block) variables.push_back(absl::StrCat(name, "=", value));
  return variables;
}

bool IsSoughtInPath(absl::string_view program) { return !absl::StrContains(program, '/'); }

std::vector<std::string> ExecutableCandidates(absl::string_view program,
                                              const std::vector<std::string>& environment) {
  if (!IsSoughtInPath(program)) return {std::string(program)};
  absl::string_view path = kFallbackPath;
  for (const std::string& variable : environment) {
    absl::string_view value = variable;
    if (absl::ConsumePrefix(&value, "PATH=")) path = value;
  }
  std::vector<std::string> candidates;
  for (const absl::string_view directory : absl::StrSplit(path, ':')) {
    candidates.push_back(directory.empty() ? absl::StrCat("./", program)
                                           : absl::StrCat(directory, "/", program));
  }
  return candidates;
}

}  // namespace proctor
