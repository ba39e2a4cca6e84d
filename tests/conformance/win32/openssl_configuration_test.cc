// OpenSSL's configuration file decides what a privileged program loads and trusts: nobody's counts.

#include "common/openssl_configuration.h"

#include <gmock/gmock.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/win32/pipe_listener.h"
#include "common/win32/pipe_name.h"
#include "tests/conformance/child_process.h"
#include "tests/conformance/conformance_test.h"
#include "tests/e2e/must.h"

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

// What is wrong in a file does not fail every command that reads it: so the file is a pipe, which
// sees whether it is opened.
TEST_F(OpensslConfigurationTest, ACommandDoesNotOpenTheFileThatTheEnvironmentNames) {
  const std::string name =
      OpenPipeName(absl::StrCat("proctor-openssl-test-", ::GetCurrentProcessId()));
  const std::unique_ptr<PipeListener> file = Must(PipeListener::Create(name));
  absl::Status opened;
  std::thread watcher([&] { opened = file->Accept().status(); });
  ::_putenv_s("OPENSSL_CONF", name.c_str());
  {
    ChildProcess command({TestAgent::Command(), "--agent", agent().target(), "info"}, "NUL", "NUL");
    EXPECT_EQ(command.AwaitExit(absl::Minutes(1)), 0);
  }
  file->Stop();
  watcher.join();
  EXPECT_TRUE(absl::IsCancelled(opened)) << "the file was opened: " << opened;
}

// Where every user can make folders, one would make the folders of the build.
TEST(OpensslPlacesTest, OnlyAdministratorsCanWriteThePlacesThatAreBuiltIn) {
  for (const int place : {OPENSSL_DIR, OPENSSL_ENGINES_DIR, OPENSSL_MODULES_DIR}) {
    EXPECT_THAT(::OpenSSL_version(place), ::testing::HasSubstr("C:/Program Files/Common Files/"));
  }
}

}  // namespace
}  // namespace proctor
