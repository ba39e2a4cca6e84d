#include "tests/fuzz/agent_config_fuzz.h"

#include <google/protobuf/text_format.h>

#include <cstdlib>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/config_file.h"
#include "agent/token/account_names.h"

namespace proctor {
namespace {

constexpr char kName[] = "proctord.textproto";

void Check(bool holds) {
  if (!holds) std::abort();
}

// The same accounts on every machine: numbers are taken as they are, names of letters exist.
class FixedNames final : public AccountNames {
 public:
  absl::StatusOr<std::string> UserKey(absl::string_view name) const override { return Key(name); }
  absl::StatusOr<std::string> GroupKey(absl::string_view name) const override { return Key(name); }

 private:
  static absl::StatusOr<std::string> Key(absl::string_view name) {
    uint32_t number = 0;
    if (absl::SimpleAtoi(name, &number)) return absl::StrCat(number);
    if (name.empty() || !absl::c_all_of(name, absl::ascii_isalpha)) {
      return absl::NotFoundError("nobody has this name");
    }
    return absl::StrCat(1000 + name.size());
  }
};

}  // namespace

void FuzzAgentConfig(const uint8_t* data, size_t size) {
  const FixedNames names;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<config::AgentConfig> config = ParseConfig(text, kName, names);
  if (!config.ok()) {
    Check(config.status().code() == absl::StatusCode::kInvalidArgument);
    Check(absl::StrContains(config.status().message(), kName));
    return;
  }
  Check(ValidateConfig(*config).ok());
  std::string printed;
  Check(google::protobuf::TextFormat::PrintToString(*config, &printed));
  const absl::StatusOr<config::AgentConfig> again = ParseConfig(printed, kName, names);
  Check(again.ok());
  Check(again->SerializeAsString() == config->SerializeAsString());
}

}  // namespace proctor
