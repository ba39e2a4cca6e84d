// OpenSSL's configuration file decides what a privileged program loads and trusts: nobody's counts.

#include "common/openssl_configuration.h"

#include <gmock/gmock.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/conformance/child_process.h"
#include "tests/conformance/conformance_test.h"

namespace proctor {
namespace {

class OpensslConfigurationTest : public ConformanceTest {
 protected:
  // Planted before the agent starts; what is wrong in it fails whoever obeys it.
  void SetUp() override {
    const std::string file = File("openssl.cnf");
    std::ofstream(file, std::ios::binary)
        << "config_diagnostics = 1\nopenssl_conf = start\n[start]\nproviders = missing\n";
    IgnoreOpensslConfiguration();  // The test is a client itself.
    ::_putenv_s("OPENSSL_CONF", file.c_str());
    ConformanceTest::SetUp();
  }
  ~OpensslConfigurationTest() override { ::_putenv_s("OPENSSL_CONF", ""); }
};

TEST_F(OpensslConfigurationTest, AnAgentServesWhateverAFileOfTheEnvironmentSays) {
  EXPECT_TRUE(client().DescribeAgent().ok());
}

// A command that obeyed the file could not begin its TLS with the agent.
TEST_F(OpensslConfigurationTest, ACommandReachesTheAgentWhateverAFileOfTheEnvironmentSays) {
  const std::string told = File("told");
  ChildProcess command({TestAgent::Command(), "--agent", agent().target(), "info"}, told, told);
  const absl::optional<int> code = command.AwaitExit(absl::Minutes(1));
  std::ifstream file(told);
  EXPECT_EQ(code, 0) << std::string(std::istreambuf_iterator<char>(file), {});
}

// Where every user can make folders, one would make the folders of the build.
TEST(OpensslPlacesTest, OnlyAdministratorsCanWriteThePlacesThatAreBuiltIn) {
  for (const int place : {OPENSSL_DIR, OPENSSL_ENGINES_DIR, OPENSSL_MODULES_DIR}) {
    EXPECT_THAT(::OpenSSL_version(place), ::testing::HasSubstr("C:/Program Files/Common Files/"));
  }
}

}  // namespace
}  // namespace proctor
