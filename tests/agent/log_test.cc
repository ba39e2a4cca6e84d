#include "agent/log.h"

#include <gmock/gmock.h>
#include <grpc/support/log.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "common/log_setup.h"
#include "tests/agent/job/temporary_directory.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Contents(const std::string& path) {
  std::ifstream stream(path);
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

TEST(AgentLogTest, OfGrpcsLinesOnlyTheOneAboutServerNamesIsLeftOut) {
  const TemporaryDirectory directory;
  config::LogConfig config;
  config.set_file(directory.path() + "/log");
  ASSERT_TRUE(OpenAgentLog(config).ok());
  ::gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);  // As grpc_init() does.
  gpr_log(GPR_ERROR, "No match found for server name: agent.test.");
  gpr_log(GPR_ERROR, "Handshake failed with fatal error.");
  EndLog();
  const std::string written = Contents(config.file());
  EXPECT_THAT(written, HasSubstr("Handshake failed"));
  EXPECT_THAT(written, Not(HasSubstr("server name")));
}

}  // namespace
}  // namespace proctor
