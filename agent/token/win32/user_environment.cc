#include "agent/token/win32/user_environment.h"

#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

// By upper-case name: the name as it was written, and the value.
using Block = std::map<std::string, std::pair<std::string, std::string>>;

void Set(absl::string_view name, absl::string_view value, Block* block) {
  auto& [written, stored] = (*block)[absl::AsciiStrToUpper(name)];
  if (written.empty()) written = std::string(name);
  stored = std::string(value);
}

// Entries like "=C:=C:\\dir" are the current directories of drives, not variables.
void SetEntry(absl::string_view entry, Block* block) {
  const size_t equals = entry.find('=', 1);
  if (equals == absl::string_view::npos || entry[0] == '=') return;
  Set(entry.substr(0, equals), entry.substr(equals + 1), block);
}

}  // namespace

std::vector<std::string> BuildUserEnvironment(const std::vector<std::string>& login,
                                              const v1::Environment& request,
                                              absl::string_view job_id) {
  Block block;
  if (request.base() == v1::Environment::LOGIN) {
    for (const std::string& entry : login) SetEntry(entry, &block);
    Set("PROCTOR_JOB_ID", job_id, &block);
    for (const std::string& name : request.unset()) block.erase(absl::AsciiStrToUpper(name));
  } else {
    Set("SystemRoot", VariableOf(login, "SystemRoot"), &block);
  }
  for (const auto& [name, value] : request.variables()) Set(name, value, &block);
  std::vector<std::string> variables;
  for (const auto& [name, entry] : block) {
    variables.push_back(absl::StrCat(entry.first, "=", entry.second));
  }
  return variables;
}

absl::string_view VariableOf(const std::vector<std::string>& environment, absl::string_view name) {
  for (const absl::string_view entry : environment) {
    const size_t equals = entry.find('=', 1);
    if (equals != absl::string_view::npos &&
        absl::EqualsIgnoreCase(entry.substr(0, equals), name)) {
      return entry.substr(equals + 1);
    }
  }
  return "";
}

}  // namespace proctor
