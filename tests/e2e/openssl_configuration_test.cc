// OpenSSL loads modules that a configuration file names: nobody's file gets one into the agent.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/e2e/agent_fixture.h"

namespace proctor {
namespace {

class OpensslConfigurationTest : public AgentTest {};

TEST_F(OpensslConfigurationTest, AnAgentLoadsNoModuleThatAFileOfTheEnvironmentNames) {
  const std::string file = Shared("openssl.cnf");
  const std::string marker = Shared("loaded");
  std::ofstream(file) << "openssl_conf = start\n[start]\nproviders = providers\n"
                         "[providers]\nplanted = planted\n[planted]\nactivate = 1\nmodule = "
                      << PROCTOR_BIN_DIR "/programs/planted_module.so\n";
  AgentSetup setup;
  setup.environment = {{"OPENSSL_CONF", file}, {"PLANTED_MODULE_MARKER", marker}};
  // With a certificate and a TLS server, which cannot do without OpenSSL.
  setup.config = "tls_listen: \"127.0.0.1:0\"\n";
  StartAgent(setup);
  EXPECT_FALSE(std::filesystem::exists(marker));
}

}  // namespace
}  // namespace proctor
