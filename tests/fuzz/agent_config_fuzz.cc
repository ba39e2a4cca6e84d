#include "tests/fuzz/agent_config_fuzz.h"

#include <google/protobuf/text_format.h>

#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "agent/config_file.h"

namespace proctor {
namespace {

constexpr char kName[] = "proctord.textproto";

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

void FuzzAgentConfig(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<config::AgentConfig> config = ParseConfig(text, kName);
  if (!config.ok()) {
    Check(config.status().code() == absl::StatusCode::kInvalidArgument);
    Check(absl::StrContains(config.status().message(), kName));
    return;
  }
  Check(ValidateConfig(*config).ok());
  std::string printed;
  Check(google::protobuf::TextFormat::PrintToString(*config, &printed));
  const absl::StatusOr<config::AgentConfig> again = ParseConfig(printed, kName);
  Check(again.ok());
  Check(again->SerializeAsString() == config->SerializeAsString());
}

}  // namespace proctor
