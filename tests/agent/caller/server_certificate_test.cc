#include "agent/caller/server_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/escaping.h"
#include "tests/agent/job/temporary_directory.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

class ServerCertificateTest : public testing::Test {
 protected:
  absl::StatusOr<ServerCertificate> LoadOrMake() {
    return ServerCertificate::LoadOrMake(certificate_path_, key_path_, "agent.test", absl::Now());
  }
  absl::StatusOr<ServerCertificate> Load() {
    return ServerCertificate::Load(certificate_path_, key_path_);
  }

  TemporaryDirectory directory_;
  const std::string certificate_path_ = directory_.path() + "/tls.crt";
  const std::string key_path_ = directory_.path() + "/tls.key";
};

TEST_F(ServerCertificateTest, IsMadeOnceAndLoadedAfterwards) {
  const auto made = LoadOrMake();
  ASSERT_TRUE(made.ok()) << made.status();
  const auto loaded = LoadOrMake();
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->certificate_pem(), made->certificate_pem());
  EXPECT_EQ(loaded->key_pem().view(), made->key_pem().view());
  EXPECT_EQ(loaded->hashes().sha256, made->hashes().sha256);
}

TEST_F(ServerCertificateTest, TwoAgentsHaveTwoCertificates) {
  EXPECT_NE(ServerCertificate::Make("a", absl::Now())->hashes().sha256,
            ServerCertificate::Make("a", absl::Now())->hashes().sha256);
}

TEST_F(ServerCertificateTest, TheKeyIsTheAgentsAlone) {
  ASSERT_TRUE(LoadOrMake().ok());
  struct stat info;
  ASSERT_EQ(::stat(key_path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  ASSERT_EQ(::chmod(key_path_.c_str(), 0640), 0);
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Load().status().message()), HasSubstr(key_path_));
}

TEST_F(ServerCertificateTest, AKeyBehindALinkIsRefused) {
  ASSERT_TRUE(LoadOrMake().ok());
  const std::string elsewhere = directory_.path() + "/elsewhere";
  ASSERT_EQ(::rename(key_path_.c_str(), elsewhere.c_str()), 0);
  ASSERT_EQ(::symlink(elsewhere.c_str(), key_path_.c_str()), 0);
  EXPECT_FALSE(Load().ok());
}

TEST_F(ServerCertificateTest, AnotherCertificatesKeyIsRefused) {
  ASSERT_TRUE(LoadOrMake().ok());
  std::ofstream(certificate_path_)
      << ServerCertificate::Make("agent.test", absl::Now())->certificate_pem();
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(LoadOrMake().status().code(), absl::StatusCode::kFailedPrecondition)
      << "what somebody installed is never replaced";
}

TEST_F(ServerCertificateTest, ALostCertificateIsMadeAnew) {
  const auto first = LoadOrMake();
  ASSERT_EQ(::unlink(certificate_path_.c_str()), 0);
  const auto second = LoadOrMake();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_NE(second->hashes().sha256, first->hashes().sha256);
  EXPECT_TRUE(Load().ok());
}

TEST_F(ServerCertificateTest, OneThatCannotBeReadIsNotReplacedAndNorIsItsKey) {
  ASSERT_TRUE(LoadOrMake().ok());
  const std::string kept = certificate_path_ + ".kept";
  ASSERT_EQ(::rename(certificate_path_.c_str(), kept.c_str()), 0);
  ASSERT_EQ(::symlink(certificate_path_.c_str(), certificate_path_.c_str()), 0);  // ELOOP.
  EXPECT_EQ(LoadOrMake().status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_EQ(::rename(kept.c_str(), certificate_path_.c_str()), 0);
  EXPECT_TRUE(Load().ok()) << "with its own key";
}

TEST_F(ServerCertificateTest, AHostNameThatIsNoneIsRefused) {
  for (const std::string host : {"", "a,b", "DNS:x", "a b"}) {
    EXPECT_EQ(ServerCertificate::Make(host, absl::Now()).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(ServerCertificateTest, TheBindingOfASha256SignatureIsTheSha256) {
  const auto made = ServerCertificate::Make("agent.test", absl::Now());
  EXPECT_EQ(made->hashes().sha256.size(), 32u);
  EXPECT_EQ(made->hashes().end_point, made->hashes().sha256);
}

}  // namespace
}  // namespace proctor
