// Clients whose name server does not answer, in an /etc of their own.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/unique_fd.h"
#include "tests/client/kerberos_client.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

constexpr char kNameServer[] = "127.0.53.53";
constexpr uint16_t kDnsPort = 53;
constexpr char kInOwnEtc[] =
    "mount --bind \"$1\" /etc/hosts && mount --bind \"$2\" /etc/resolv.conf && shift 2 && "
    "exec \"$@\"";

class SilentNameServerTest : public KerberosClientTest {
 protected:
  void SetUp() override {
    KerberosClientTest::SetUp();
    if (IsSkipped()) return;
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(kDnsPort);
    ASSERT_EQ(::inet_pton(AF_INET, kNameServer, &address.sin_addr), 1);
    if (::bind(server_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      GTEST_SKIP() << "needs to bind port 53";
    }
    std::ofstream(realm_->File("hosts")) << "127.0.0.1 agent.test\n";
    // No second try, and no answer before the client has long given up.
    std::ofstream(realm_->File("resolv.conf"))
        << "nameserver " << kNameServer << "\noptions timeout:30 attempts:3\n";
    if (InOwnEtc({"true"}).exit_code != 0) GTEST_SKIP() << "needs a mount namespace";
  }

  static FinishedProgram InOwnEtc(const std::vector<std::string>& command) {
    std::vector<std::string> argv = {"unshare", "--mount", "/bin/sh", "-c", kInOwnEtc, "sh"};
    argv.push_back(realm_->File("hosts"));
    argv.push_back(realm_->File("resolv.conf"));
    argv.insert(argv.end(), command.begin(), command.end());
    return RunProgram(argv, realm_->Environment()).value();
  }
  static FinishedProgram WhoAmI(const std::string& target, const std::string& timeout) {
    return InOwnEtc(
        {PROCTOR_BIN_DIR "/proctor", "--agent", target, "--connect-timeout", timeout, "whoami"});
  }

  const UniqueFd server_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(SilentNameServerTest, ANameOfTheFileOfHostsNeedsNone) {
  KerberosAgent agent(*keytab_);
  const std::string endpoint = agent->endpoint();
  const FinishedProgram who =
      WhoAmI(absl::StrCat("agent.test", endpoint.substr(endpoint.rfind(':'))), "60s");
  EXPECT_EQ(who.exit_code, 0) << who.output;
  EXPECT_THAT(who.output, HasSubstr("you are"));
}

TEST_F(SilentNameServerTest, TheWaitForAnAddressEndsWithTheConnectTimeout) {
  for (const std::string host : {"nowhere.test", "nowhere"}) {
    const FinishedProgram who = WhoAmI(host, "1s");
    EXPECT_EQ(who.exit_code, 1);
    EXPECT_THAT(who.output,
                HasSubstr(absl::StrCat("cannot reach the agent at tls:", host,
                                       ":7707: the name service has not told its address")));
  }
  const FinishedProgram login = InOwnEtc({PROCTOR_BIN_DIR "/proctor", "--agent", "nowhere",
                                          "--connect-timeout", "1s", "login", "--check"});
  EXPECT_EQ(login.exit_code, 1);
  EXPECT_THAT(login.output, HasSubstr("the name service has not answered in 1s"));
  char query;
  EXPECT_EQ(::recv(server_.get(), &query, 1, MSG_DONTWAIT), 1) << "it was asked";
}

}  // namespace
}  // namespace proctor
