#include "client/server_trust.h"

#include <gtest/gtest.h>

#include "agent/caller/server_certificate.h"

namespace proctor {
namespace {

class ServerTrustTest : public testing::Test {
 protected:
  static ServerCertificate Make() { return *ServerCertificate::Make("agent.test", absl::Now()); }

  const ServerCertificate agent_ = Make();
  const ServerCertificate other_ = Make();
};

TEST_F(ServerTrustTest, OnlyThePinnedCertificateIsConnectedTo) {
  ServerTrust trust({agent_.hashes().sha256, "", ""});
  EXPECT_TRUE(absl::IsUnauthenticated(
      trust.CheckConnection(other_.certificate_pem(), other_.certificate_pem())));
  EXPECT_TRUE(absl::IsUnauthenticated(trust.last_error()));
  EXPECT_FALSE(trust.binding().ok());
  EXPECT_TRUE(trust.CheckConnection(agent_.certificate_pem(), agent_.certificate_pem()).ok());
  EXPECT_TRUE(trust.last_error().ok());
  EXPECT_EQ(trust.binding().value(), agent_.hashes().end_point);
}

TEST_F(ServerTrustTest, OnlyAuthenticateIsSentBeforeTheProof) {
  ServerTrust trust({});
  ASSERT_TRUE(trust.CheckConnection(agent_.certificate_pem(), agent_.certificate_pem()).ok());
  EXPECT_TRUE(trust.CheckCall(agent_.certificate_pem(), /*is_authenticate=*/true).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(trust.CheckCall(agent_.certificate_pem(), false)));
  trust.Prove();
  EXPECT_TRUE(trust.CheckCall(agent_.certificate_pem(), false).ok());
}

TEST_F(ServerTrustTest, AReconnectMustShowTheSameCertificate) {
  ServerTrust trust({});
  ASSERT_TRUE(trust.CheckConnection(agent_.certificate_pem(), agent_.certificate_pem()).ok());
  EXPECT_FALSE(trust.CheckConnection(other_.certificate_pem(), other_.certificate_pem()).ok())
      << "also before the proof";
  trust.Prove();
  EXPECT_FALSE(trust.CheckConnection(other_.certificate_pem(), other_.certificate_pem()).ok());
  EXPECT_FALSE(trust.CheckCall(other_.certificate_pem(), false).ok());
  EXPECT_FALSE(trust.CheckCall(other_.certificate_pem(), true).ok());
  EXPECT_TRUE(trust.CheckConnection(agent_.certificate_pem(), agent_.certificate_pem()).ok());
}

TEST_F(ServerTrustTest, NothingIsProvedWithoutAConnection) {
  ServerTrust trust({});
  trust.Prove();
  ASSERT_TRUE(trust.CheckConnection(agent_.certificate_pem(), agent_.certificate_pem()).ok());
  EXPECT_FALSE(trust.CheckCall(agent_.certificate_pem(), false).ok());
}

TEST_F(ServerTrustTest, TextThatIsNoCertificateIsRefused) {
  ServerTrust trust({});
  EXPECT_TRUE(absl::IsUnauthenticated(trust.CheckConnection("", "")));
}

}  // namespace
}  // namespace proctor
