// What Windows' own SSPI does with channel bindings and tokens, and Wine's does not: both ends of
// an exchange in this process, with the account that it runs as. Kerberos takes a domain; the tests
// that need it skip where Negotiate settles on something else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/negotiate_context.h"
#include "common/win32/sspi_accepted_client.h"
#include "common/win32/token_identity.h"
#include "common/win32/utf16.h"
#include "tests/capabilities/win32/native_windows.h"

namespace proctor {
namespace {

// "host/NAME", which every machine account has.
std::string OwnService() {
  wchar_t name[256];
  DWORD length = ARRAYSIZE(name);
  EXPECT_TRUE(::GetComputerNameExW(ComputerNameDnsFullyQualified, name, &length));
  return absl::StrCat("host/", FromUtf16(std::wstring_view(name, length)));
}

struct Exchange {
  std::unique_ptr<NegotiateAcceptor> acceptor;
  std::unique_ptr<NegotiateContext> client;
  std::unique_ptr<NegotiateContext> agent;
  absl::Status client_status;
  absl::Status agent_status;
};

Exchange Conduct(const std::string& client_binding, const std::string& agent_binding) {
  Exchange exchange;
  NegotiateInitiatorOptions initiator;
  initiator.target = OwnService();
  initiator.binding = client_binding;
  NegotiateAcceptorOptions options;
  options.service_principal = OwnService();
  exchange.acceptor = *MakeNegotiateAcceptor(options);
  exchange.agent = *exchange.acceptor->Accept(agent_binding);
  exchange.client = *MakeNegotiateInitiator(initiator);
  std::string token;
  while (true) {
    const absl::StatusOr<NegotiateStep> asked = exchange.client->Step(token);
    exchange.client_status = asked.status();
    if (!asked.ok() || (asked->complete && asked->token.empty())) return exchange;
    const absl::StatusOr<NegotiateStep> answered = exchange.agent->Step(asked->token);
    exchange.agent_status = answered.status();
    if (!answered.ok() || (answered->complete && asked->complete)) return exchange;
    token = answered->token;
  }
}

// Where there is no domain the client refuses what Negotiate settles on.
#define PROCTOR_REQUIRES_DOMAIN(exchange) \
  if ((exchange).client_status.ok()) {    \
  } else                                  \
    GTEST_SKIP() << "native only: Kerberos, an account of a domain: " << (exchange).client_status

TEST(NativeSspiTest, AnExchangeGivesTheClientsToken) {
  PROCTOR_REQUIRES_WINDOWS("QuerySecurityContextToken");
  Exchange exchange = Conduct("hash", "hash");
  PROCTOR_REQUIRES_DOMAIN(exchange);
  ASSERT_TRUE(exchange.agent_status.ok()) << exchange.agent_status;
  const std::unique_ptr<NegotiatedClient> client = exchange.agent->TakeClient();
  ASSERT_NE(client, nullptr);
  auto& accepted = static_cast<SspiAcceptedClient&>(*client);
  EXPECT_GE(accepted.level(), SecurityIdentification);
  const UniqueHandle token = accepted.TakeToken();
  EXPECT_EQ(ReadTokenIdentity(token)->user_sid, ReadOwnIdentity()->user_sid);
  EXPECT_EQ(exchange.agent->facts().service_principal, OwnService());
}

TEST(NativeSspiTest, BothEndsSign) {
  PROCTOR_REQUIRES_WINDOWS("QuerySecurityContextToken");
  Exchange exchange = Conduct("hash", "hash");
  PROCTOR_REQUIRES_DOMAIN(exchange);
  const absl::StatusOr<std::string> by_agent = exchange.agent->Sign("text");
  ASSERT_TRUE(by_agent.ok()) << by_agent.status();
  EXPECT_EQ(exchange.client->Verify("text", *by_agent), absl::OkStatus());
  const absl::StatusOr<std::string> by_client = exchange.client->Sign("text");
  ASSERT_TRUE(by_client.ok()) << by_client.status();
  EXPECT_FALSE(exchange.agent->Verify("other", *by_client).ok());
}

TEST(NativeSspiTest, AnotherBindingIsRefused) {
  PROCTOR_REQUIRES_WINDOWS("channel bindings of Kerberos");
  const Exchange exchange = Conduct("one", "other");
  PROCTOR_REQUIRES_DOMAIN(exchange);
  ASSERT_FALSE(exchange.agent_status.ok());
  EXPECT_EQ(GetFailureDetail(exchange.agent_status)->os_error_name(), "SEC_E_BAD_BINDINGS");
}

}  // namespace
}  // namespace proctor
