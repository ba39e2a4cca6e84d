#include "common/channel_binding.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace proctor {
namespace {

// Made with openssl req -x509; the hashes with openssl x509 -outform der and sha256sum, sha384sum.
constexpr char kSignedWithSha384[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBbjCCARWgAwIBAgIULEbU2aBSq1y7YKkEX7rmcdARiA0wCgYIKoZIzj0EAwMw\n"
    "DDEKMAgGA1UEAwwBdDAgFw0yNjExMjAyMTMwMzBaGA8yMTI2MTAyNzIxMzAzMFow\n"
    "DDEKMAgGA1UEAwwBdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGxpEV2EhONK\n"
    "7smPOWt7Vk1etMq5fJ40TgJVjkeOFOuD391MWw0dl4r4xClacMN0c0gudRp2lqnh\n"
    "/aMgEya4M7OjUzBRMB0GA1UdDgQWBBTeDIXOgS9iyGjMdMmrkJ4YRkthcjAfBgNV\n"
    "HSMEGDAWgBTeDIXOgS9iyGjMdMmrkJ4YRkthcjAPBgNVHRMBAf8EBTADAQH/MAoG\n"
    "CCqGSM49BAMDA0cAMEQCIBbatCLoqwIbb5YQMsUwb0tfPX59vEbdovSJiKzqXrXY\n"
    "AiA61dAmw9Ar1iAt0KVOrv1jo/rCz2QxN78im0IdT1KIHw==\n"
    "-----END CERTIFICATE-----\n";

constexpr char kSignedWithSha1[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBbTCCARSgAwIBAgIUce4DL7EOcxosdHVuskWoptUG5rUwCQYHKoZIzj0EATAM\n"
    "MQowCAYDVQQDDAF0MCAXDTI2MTEyMDIxMzAzMFoYDzIxMjYxMDI3MjEzMDMwWjAM\n"
    "MQowCAYDVQQDDAF0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhfZKOwHOuWm0\n"
    "L0sBse6tgC8edS8sot5nhKofGfUbYTeZNTz0C5eD86EL4EaSsO+jtFQkPwwnxnr5\n"
    "6A1zBWnq96NTMFEwHQYDVR0OBBYEFPkUzBzFbUyjqWP220YVownRkBksMB8GA1Ud\n"
    "IwQYMBaAFPkUzBzFbUyjqWP220YVownRkBksMA8GA1UdEwEB/wQFMAMBAf8wCQYH\n"
    "KoZIzj0EAQNIADBFAiEAokrMYA3ngeOKABtJ5p6ksNVMIB1zPQwYCplOHqfa1S8C\n"
    "IHM5VjRlcQ9MeasByKcuxCv+QGTGWaI7uHi9zSoLAqTG\n"
    "-----END CERTIFICATE-----\n";

constexpr char kEd25519[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBLjCB4aADAgECAhQLsdnWlM/xRx6dmy5fZZOOrz7qvDAFBgMrZXAwDDEKMAgG\n"
    "A1UEAwwBdDAgFw0yNjExMjAyMTMwMzBaGA8yMTI2MTAyNzIxMzAzMFowDDEKMAgG\n"
    "A1UEAwwBdDAqMAUGAytlcAMhAC2oNTdmhJx00nAAL2SUuJPYbc0oa0Thv0O+V+sA\n"
    "ppgmo1MwUTAdBgNVHQ4EFgQUYZ8moTO7vBOL6batfpsjuXsOeD8wHwYDVR0jBBgw\n"
    "FoAUYZ8moTO7vBOL6batfpsjuXsOeD8wDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD\n"
    "QQAbOiIb3nL7wV0fAGotWP1S6gcC2uhlnbKBTqshqrP4d40LQCSfX1fLuhUe2mQd\n"
    "8ke6CaXWh+F2eckooX7ddSEF\n"
    "-----END CERTIFICATE-----\n";

TEST(ChannelBindingTest, TheBindingUsesTheHashOfTheSignature) {
  const auto hashes = HashCertificate(kSignedWithSha384);
  ASSERT_TRUE(hashes.ok()) << hashes.status();
  EXPECT_EQ(absl::BytesToHexString(hashes->sha256),
            "262a6612741846791eef7ef2209b82b02c64cf191de047eca07614a8a5569495");
  EXPECT_EQ(absl::BytesToHexString(hashes->end_point),
            "56af65ec1d40b56124e01cc3e22ec30c80f7ad21be47eba7e2143bae10fc3522"
            "91e042d2af838deb77791e0edf1ddd96");
}

TEST(ChannelBindingTest, Sha1IsReplacedBySha256) {
  const auto hashes = HashCertificate(kSignedWithSha1);
  ASSERT_TRUE(hashes.ok()) << hashes.status();
  EXPECT_EQ(absl::BytesToHexString(hashes->end_point),
            "f55c9239c4e179d0031dfbf92b2a7bf4561e79de59ee8052f859fbc6f36d309c");
}

TEST(ChannelBindingTest, ASignatureWithoutAHashHasNoBinding) {
  EXPECT_EQ(HashCertificate(kEd25519).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(ChannelBindingTest, TextThatIsNoCertificateIsRefused) {
  EXPECT_EQ(HashCertificate("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(HashCertificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace proctor
