// AgentClient with Kerberos against the agent's own listener, a real KDC between them.

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/agent_client.h"
#include "client/negotiate_handshake.h"
#include "common/failure_detail.h"
#include "proctor/v1/authentication.grpc.pb.h"
#include "tests/client/kerberos_client.h"
#include "tests/client/tls_relay.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

using NegotiateClientTest = KerberosClientTest;

TEST_F(NegotiateClientTest, ATicketOfTheRealmIsAllItTakes) {
  KerberosAgent agent(*keytab_);
  const auto client = Connect(agent->endpoint());
  EXPECT_FALSE(client->server_identity().has_value());
  const auto who = client->WhoAmI();
  ASSERT_TRUE(who.ok()) << who.status();
  EXPECT_EQ(who->principal().posix().uid(), kAlice);
  EXPECT_EQ(agent.principals.last.client_principal, "alice@" + realm_->name());
  EXPECT_TRUE(agent.principals.last.channel_bound);
  EXPECT_FALSE(agent.principals.last.delegated);
  EXPECT_TRUE(agent.principals.has_client);
  const absl::optional<ServerIdentity> server = client->server_identity();
  ASSERT_TRUE(server.has_value());
  EXPECT_EQ(server->certificate_sha256, agent->certificate().hashes().sha256);
  EXPECT_FALSE(server->trust.vouches());
}

TEST_F(NegotiateClientTest, OtherStubsOfTheChannelAreInTheSession) {
  KerberosAgent agent(*keytab_);
  const auto client = Connect(agent->endpoint());
  const auto channel = client->AuthenticatedChannel();
  ASSERT_TRUE(channel.ok()) << channel.status();
  grpc::ClientContext context;
  v1::WhoAmIResponse who;
  const grpc::Status status = v1::Authentication::NewStub(*channel)->WhoAmI(&context, {}, &who);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(who.principal().posix().uid(), kAlice);
}

TEST_F(NegotiateClientTest, CredentialsAreHandedOverWhenAskedFor) {
  KerberosAgent agent(*keytab_);
  ClientOptions options = OptionsFor(agent->endpoint());
  options.tls.delegate = true;
  const auto client = AgentClient::Connect(options).value();
  ASSERT_TRUE(client->WhoAmI().ok());
  EXPECT_TRUE(agent.principals.last.delegated);
}

TEST_F(NegotiateClientTest, WhatCameOfDelegationIsTold) {
  KerberosAgent agent(*keytab_);
  ClientOptions options = OptionsFor(agent->endpoint());
  const auto modest = AgentClient::Connect(options).value();
  ASSERT_TRUE(modest->WhoAmI().ok());
  EXPECT_FALSE(modest->delegation().has_value()) << "nobody asked for it";
  options.tls.require_delegation = true;
  const auto client = AgentClient::Connect(options).value();
  EXPECT_FALSE(client->delegation().has_value()) << "there is no session yet";
  const auto who = client->WhoAmI();
  ASSERT_TRUE(who.ok()) << who.status();
  ASSERT_TRUE(client->delegation().has_value());
  EXPECT_TRUE(client->delegation()->delegated);
  EXPECT_TRUE(agent.principals.last.delegated);
}

// As the realm gives one to an account that must not be delegated, too.
TEST_F(NegotiateClientTest, ATicketThatIsNotForwardableIsTheReason) {
  KerberosAgent agent(*keytab_);
  KinitOptions kinit;
  kinit.forwardable = false;
  const std::string cache = realm_->File("alice.ccache");
  ASSERT_TRUE(realm_->Kinit("alice", cache, kinit).ok());
  ClientOptions options = OptionsFor(agent->endpoint());
  options.tls.delegate = true;
  const auto client = AgentClient::Connect(options).value();
  ASSERT_TRUE(client->WhoAmI().ok());
  ASSERT_TRUE(client->delegation().has_value());
  EXPECT_FALSE(client->delegation()->delegated);
  EXPECT_THAT(client->delegation()->reason, HasSubstr("not forwardable: get one with kinit -f"));
  EXPECT_THAT(client->delegation()->reason, HasSubstr("Protected Users"));
  EXPECT_FALSE(agent.principals.last.delegated);
}

TEST_F(NegotiateClientTest, DelegationThatIsRequiredFailsBeforeThereIsASession) {
  KerberosAgent agent(*keytab_);
  KinitOptions kinit;
  kinit.forwardable = false;
  ASSERT_TRUE(realm_->Kinit("alice", realm_->File("alice.ccache"), kinit).ok());
  ClientOptions options = OptionsFor(agent->endpoint());
  options.tls.require_delegation = true;
  const absl::Status failed = AgentClient::Connect(options).value()->WhoAmI().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(failed)) << failed;
  EXPECT_THAT(std::string(failed.message()), HasSubstr("not forwardable"));
  EXPECT_EQ(agent->sessions().size(), 0u);
}

TEST_F(NegotiateClientTest, AServiceThatTheRealmDoesNotTrustIsTheReasonWhereThatIsEnforced) {
  KerberosAgent agent(*keytab_);
  UseConfiguration({realm_->port()}, "enforce_ok_as_delegate = true");
  ClientOptions options = OptionsFor(agent->endpoint());
  options.tls.delegate = true;
  const auto client = AgentClient::Connect(options).value();
  const auto who = client->WhoAmI();
  ASSERT_TRUE(who.ok()) << who.status();
  ASSERT_TRUE(client->delegation().has_value());
  EXPECT_FALSE(client->delegation()->delegated);
  EXPECT_THAT(client->delegation()->reason, HasSubstr("enforce_ok_as_delegate"));
}

TEST_F(NegotiateClientTest, WithoutATicketNothingIsSent) {
  KerberosAgent agent(*keytab_);
  ::setenv("KRB5CCNAME", ("FILE:" + realm_->File("none.ccache")).c_str(), 1);
  const absl::Status failed = Connect(agent->endpoint())->WhoAmI().status();
  EXPECT_TRUE(absl::IsUnauthenticated(failed)) << failed;
  EXPECT_THAT(GetFailureDetail(failed).value_or(v1::FailureDetail()).advice(), HasSubstr("kinit"));
  EXPECT_TRUE(agent.principals.last.client_principal.empty());
}

TEST_F(NegotiateClientTest, AnotherServiceIsNotMeant) {
  KerberosAgent agent(*keytab_);
  ClientOptions options = OptionsFor(agent->endpoint());
  options.tls.service_principal = "proctor/nobody.test";
  const absl::Status failed = AgentClient::Connect(options).value()->WhoAmI().status();
  EXPECT_TRUE(absl::IsUnauthenticated(failed)) << failed;
  EXPECT_THAT(GetFailureDetail(failed).value_or(v1::FailureDetail()).advice(), HasSubstr("--spn"));
}

TEST_F(NegotiateClientTest, ARelayInFrontOfTheAgentIsRefused) {
  KerberosAgent agent(*keytab_);
  TlsRelay relay(agent->endpoint());
  const absl::Status failed = Connect(relay.endpoint())->WhoAmI().status();
  EXPECT_TRUE(absl::IsUnauthenticated(failed)) << failed;
  EXPECT_GT(relay.handshakes(), 0);
  EXPECT_EQ(relay.other_calls(), 0) << "a call reached the relay";
  EXPECT_EQ(agent->sessions().size(), 0u);
}

// It tells the agent that the client saw the agent's certificate: only the token's own binding
// tells that it did not.
TEST_F(NegotiateClientTest, ARelayThatLiesAboutTheCertificateIsRefused) {
  KerberosAgent agent(*keytab_);
  TlsRelay relay(agent->endpoint());
  relay.ClaimBinding(agent->certificate().hashes().end_point);
  const absl::Status failed = Connect(relay.endpoint())->WhoAmI().status();
  EXPECT_TRUE(absl::IsUnauthenticated(failed)) << failed;
  EXPECT_GT(relay.handshakes(), 0);
  EXPECT_EQ(relay.other_calls(), 0) << "a call reached the relay";
  EXPECT_EQ(agent->sessions().size(), 0u);
}

// The worst case: an acceptor with the agent's very key that does not look at bindings. The
// client's mutual authentication succeeds; the transcript that the acceptor signs names another
// certificate.
TEST_F(NegotiateClientTest, ARelayInFrontOfAnAcceptorThatIgnoresBindingsIsRefused) {
  TlsRelay relay("127.0.0.1:1");
  relay.AcceptItself(*keytab_, /*signed_binding=*/std::string(32, 'a'));
  const absl::Status failed = Connect(relay.endpoint())->WhoAmI().status();
  EXPECT_TRUE(absl::IsUnauthenticated(failed)) << failed;
  EXPECT_THAT(std::string(failed.message()), HasSubstr("did not prove"));
  EXPECT_EQ(relay.completed_contexts(), 1) << "the test is about what comes after that";
  EXPECT_EQ(relay.client_signatures(), 0);
  EXPECT_EQ(relay.other_calls(), 0) << "a call reached the relay";
}

TEST_F(NegotiateClientTest, AnImpostorInASilentReconnectIsRefused) {
  KerberosAgent agent(*keytab_);
  const std::string endpoint = agent->endpoint();
  const auto client = Connect(endpoint);
  ASSERT_TRUE(client->WhoAmI().ok());
  agent->Stop();
  TlsRelay impostor("127.0.0.1:1", endpoint);
  const absl::Status failed = client->WhoAmI().status();
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(impostor.other_calls(), 0) << "a call reached the impostor";
}

TEST_F(NegotiateClientTest, ACertificateThatIsReplacedIsProvedAnew) {
  TlsAgent::Options options;
  options.certificate_in_files = true;
  KerberosAgent agent(*keytab_, options);
  ClientOptions patient = OptionsFor(agent->endpoint());
  patient.retry = RetryPolicy();
  const auto client = AgentClient::Connect(patient).value();
  ASSERT_TRUE(client->WhoAmI().ok());
  const std::string before = client->server_identity()->certificate_sha256;
  agent->ReplaceCertificate();
  auto who = client->WhoAmI();
  ASSERT_TRUE(who.ok()) << "the connection goes on: " << who.status();
  EXPECT_EQ(client->server_identity()->certificate_sha256, before);
  // A new connection is shown the new one; so is this client when its own breaks.
  const auto second = Connect(agent->endpoint());
  ASSERT_TRUE(second->WhoAmI().ok());
  EXPECT_NE(second->server_identity()->certificate_sha256, before);
  const std::string endpoint = agent->endpoint();
  agent->Stop();
  agent->Start(endpoint);
  who = client->WhoAmI();
  ASSERT_TRUE(who.ok()) << who.status();
  EXPECT_NE(client->server_identity()->certificate_sha256, before);
}

TEST_F(NegotiateClientTest, ASessionOfAnotherConnectionIsRefused) {
  KerberosAgent agent(*keytab_);
  const auto alice = Connect(agent->endpoint());
  ASSERT_TRUE(alice->WhoAmI().ok());
  EXPECT_EQ(agent->sessions().size(), 1u);
  const auto other = Connect(agent->endpoint());
  ASSERT_TRUE(other->WhoAmI().ok());
  EXPECT_EQ(agent->sessions().size(), 2u) << "each connection has its own";
}

TEST_F(NegotiateClientTest, APinThatIsNotTheCertificatesIsRefusedBeforeAnythingIsSent) {
  KerberosAgent agent(*keytab_);
  ClientOptions options = OptionsFor(agent->endpoint());
  options.tls.trust.pin = std::string(32, 'p');
  const absl::Status failed = AgentClient::Connect(options).value()->WhoAmI().status();
  EXPECT_TRUE(absl::IsUnauthenticated(failed)) << failed;
  EXPECT_TRUE(agent.principals.last.client_principal.empty());
  options.tls.trust.pin = agent->certificate().hashes().sha256;
  EXPECT_TRUE(AgentClient::Connect(options).value()->WhoAmI().ok());
}

TEST_F(NegotiateClientTest, AnAuthorityMustHaveIssuedTheCertificateForTheHost) {
  KerberosAgent agent(*keytab_);
  ClientOptions options = OptionsFor(agent->endpoint());
  // Self-signed: it is its own authority, and names 127.0.0.1.
  options.tls.trust.ca_pem = agent->certificate().certificate_pem();
  const auto good = AgentClient::Connect(options).value()->WhoAmI();
  EXPECT_TRUE(good.ok()) << good.status();
  options.tls.trust.ca_pem = ServerCertificate::Make("other.test", absl::Now())->certificate_pem();
  const absl::Status failed = AgentClient::Connect(options).value()->WhoAmI().status();
  EXPECT_TRUE(absl::IsUnauthenticated(failed)) << failed;
  EXPECT_THAT(std::string(failed.message()), HasSubstr("authority"));
}

TEST_F(NegotiateClientTest, TheKdcThatIsAwayIsUnavailable) {
  KerberosAgent agent(*keytab_);
  realm_->StopKdc();
  const absl::Status failed = Connect(agent->endpoint())->WhoAmI().status();
  EXPECT_TRUE(realm_->StartKdc().ok());
  EXPECT_TRUE(absl::IsUnavailable(failed)) << failed;
}

TEST_F(NegotiateClientTest, ASessionEndsWithItsTicket) {
  KerberosAgent agent(*keytab_);
  KinitOptions kinit;
  kinit.lifetime = absl::Minutes(2);
  const std::string cache = realm_->File("short.ccache");
  ASSERT_TRUE(realm_->Kinit("alice", cache, kinit).ok());
  ::setenv("KRB5CCNAME", ("FILE:" + cache).c_str(), 1);
  ASSERT_TRUE(Connect(agent->endpoint())->WhoAmI().ok());
  EXPECT_LT(agent.principals.last.expires, absl::Now() + absl::Minutes(2) + absl::Seconds(5));
}

TEST(ServicePrincipalTest, IsTheHostAsItWasNamed) {
  EXPECT_EQ(ServicePrincipalOf("Agent.Example.COM"), "proctor/agent.example.com");
  EXPECT_EQ(ServicePrincipalOf("127.0.0.1"), "proctor/127.0.0.1");
  EXPECT_EQ(HostOfEndpoint("agent.test:7707"), "agent.test");
  EXPECT_EQ(HostOfEndpoint("[::1]:7707"), "::1");
  EXPECT_EQ(HostOfEndpoint("agent.test.:7707"), "agent.test") << "a whole name, with its dot";
  EXPECT_EQ(ServicePrincipalOf(HostOfEndpoint("agent.test.:7707")), "proctor/agent.test");
}

}  // namespace
}  // namespace proctor
