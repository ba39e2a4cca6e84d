#include "agent/token/posix/network_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/token/posix/posix_credentials.h"
#include "agent/token/posix/posix_token_pipeline.h"
#include "common/failure_detail.h"
#include "tests/agent/fake_clock.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

class NetworkAccessTest : public ::testing::Test {
 protected:
  CallerToken Caller(bool delegates) {
    AnonymousCaller caller;
    caller.credentials.mutable_posix()->set_uid(54321);
    caller.credentials.mutable_domain()->set_principal("alice@EXAMPLE.COM");
    v1::NetworkCredentials& network = *caller.authentication.mutable_network_credentials();
    network.set_kind(delegates ? v1::NetworkCredentials::DELEGATED
                               : v1::NetworkCredentials::NO_CREDENTIALS);
    network.set_reason("as the handshake came to it");
    if (delegates) {
      caller.delegated = std::make_shared<const DelegatedCredentials>(
          SecretBytes("tickets"), clock_.Now() + absl::Hours(1));
    }
    return *Pipeline().Identify(caller);
  }

  PosixTokenPipeline Pipeline() {
    return PosixTokenPipeline({}, CapabilitySet(~uint64_t{0}), &clock_, &accounts_);
  }

  LaunchEnvironment Prepared(const CallerToken& caller, const v1::LaunchSpec& spec) {
    PosixTokenPipeline pipeline = Pipeline();
    StageTrace trace(&clock_);
    const auto user = pipeline.Impersonate(caller, spec, &trace);
    const auto primary = pipeline.MakePrimary(*user, {}, &trace);
    return pipeline.PrepareEnvironment(*primary, spec, "job", &trace)->environment();
  }

  static v1::LaunchSpec Spec() {
    v1::LaunchSpec spec;
    spec.add_argv("true");
    return spec;
  }

  FakeClock clock_;
  AccountDatabase accounts_{&clock_};
};

TEST_F(NetworkAccessTest, AJobOfItsCallerGetsWhatTheCallerHandedOver) {
  const LaunchEnvironment environment = Prepared(Caller(true), Spec());
  EXPECT_EQ(environment.network_credentials.kind(), v1::NetworkCredentials::DELEGATED);
  ASSERT_NE(environment.delegated, nullptr);
  EXPECT_EQ(static_cast<const DelegatedCredentials&>(*environment.delegated).cache.view(),
            "tickets");
}

TEST_F(NetworkAccessTest, WithoutDelegationTheReasonIsTheHandshakes) {
  const LaunchEnvironment environment = Prepared(Caller(false), Spec());
  EXPECT_EQ(environment.network_credentials.kind(), v1::NetworkCredentials::NO_CREDENTIALS);
  EXPECT_EQ(environment.network_credentials.reason(), "as the handshake came to it");
  EXPECT_EQ(environment.delegated, nullptr);
}

TEST_F(NetworkAccessTest, TicketsThatHaveEndedAreNotGiven) {
  const CallerToken caller = Caller(true);
  const NetworkAccess access = OwnNetworkAccess(caller, clock_.Now() + absl::Hours(2));
  EXPECT_EQ(access.described.kind(), v1::NetworkCredentials::NO_CREDENTIALS);
  EXPECT_THAT(access.described.reason(), HasSubstr("ended at"));
  EXPECT_EQ(access.delegated, nullptr);
}

TEST_F(NetworkAccessTest, AJobOfAnotherUserGetsNone) {
  const NetworkAccess access = OthersNetworkAccess(Caller(true));
  EXPECT_EQ(access.described.kind(), v1::NetworkCredentials::NO_CREDENTIALS);
  EXPECT_THAT(access.described.reason(), HasSubstr("another user"));
  EXPECT_EQ(access.delegated, nullptr);
}

TEST_F(NetworkAccessTest, AnEnvironmentThatWouldNotNameTheCacheGetsNone) {
  v1::LaunchSpec specs[3] = {Spec(), Spec(), Spec()};
  specs[0].mutable_environment()->set_base(v1::Environment::EXACT);
  specs[1].mutable_environment()->add_unset("KRB5CCNAME");
  (*specs[2].mutable_environment()->mutable_variables())["KRB5CCNAME"] = "FILE:/mine";
  for (const v1::LaunchSpec& spec : specs) {
    const LaunchEnvironment environment = Prepared(Caller(true), spec);
    EXPECT_EQ(environment.network_credentials.kind(), v1::NetworkCredentials::NO_CREDENTIALS);
    EXPECT_THAT(environment.network_credentials.reason(), HasSubstr("KRB5CCNAME"));
    EXPECT_EQ(environment.delegated, nullptr);
  }
}

TEST_F(NetworkAccessTest, ARealmsPrincipalWithoutAnAccountIsIdentifiedAndLaunchesNothing) {
  AnonymousCaller stranger;
  stranger.credentials.set_name("carol@EXAMPLE.COM");
  stranger.credentials.mutable_kerberos()->set_principal("carol@EXAMPLE.COM");
  stranger.credentials.mutable_domain()->set_sid("S-1-5-21-1-2-3-1105");
  stranger.authentication.set_mapped_by("auth_to_local names carol, and nobody is carol");
  stranger.authentication.set_mapping_advice("add carol");
  PosixTokenPipeline pipeline = Pipeline();
  const absl::StatusOr<CallerToken> caller = pipeline.Identify(stranger);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->principal()->key(), "krb5:carol@EXAMPLE.COM");
  EXPECT_EQ(caller->principal()->proto().domain().sid(), "S-1-5-21-1-2-3-1105");
  const absl::Status able = pipeline.CanLaunchAs(*caller);
  EXPECT_EQ(able.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(able.message(), HasSubstr("carol@EXAMPLE.COM"));
  EXPECT_THAT(able.message(), HasSubstr("no account"));
  EXPECT_THAT(able.message(), HasSubstr("nobody is carol"));
  StageTrace trace(&clock_);
  const absl::Status refused = pipeline.Impersonate(*caller, Spec(), &trace).status();
  EXPECT_THAT(std::string(refused.message()), HasSubstr("nobody is carol"));
  EXPECT_EQ(GetFailureDetail(refused)->advice(), "add carol");
}

TEST_F(NetworkAccessTest, WhatTheRealmSaysStaysWithTheAccount) {
  const CallerToken caller = Caller(false);
  EXPECT_EQ(caller.principal()->key(), "54321");
  EXPECT_EQ(caller.principal()->proto().domain().principal(), "alice@EXAMPLE.COM");
}

}  // namespace
}  // namespace proctor
