// OpenSSL's configuration file decides what a privileged program loads and trusts: nobody's counts.

#include "common/openssl_configuration.h"

#include <gmock/gmock.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <fstream>

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

// Where every user can make folders, one would make the folders of the build.
TEST(OpensslPlacesTest, OnlyAdministratorsCanWriteThePlacesThatAreBuiltIn) {
  for (const int place : {OPENSSL_DIR, OPENSSL_ENGINES_DIR, OPENSSL_MODULES_DIR}) {
    EXPECT_THAT(::OpenSSL_version(place), ::testing::HasSubstr("C:/Program Files/Common Files/"));
  }
}

}  // namespace
}  // namespace proctor
