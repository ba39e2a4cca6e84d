#include "agent/token/account_sids.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "common/failure_detail.h"
#include "tests/agent/token/fake_account_names.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

const FakeAccountNames kNames({{"alice", "1001"}, {"bob", "1002"}}, {});
const Principal kAlice = Principal::Posix(1001, 1001, {}, "alice");
const Principal kBob = Principal::Posix(1002, 1002, {}, "bob");
constexpr char kSid[] = "S-1-5-21-1-2-3-1104";
constexpr char kOther[] = "S-1-5-21-1-2-3-1105";

absl::StatusOr<AccountSids> TryResolve(const std::string& text) {
  config::NegotiateConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return AccountSids::Resolve(config, kNames);
}

std::string WhyNot(const AccountSids& sids, const Principal& account, absl::string_view sid) {
  const absl::Status may = sids.MayHave(account, sid);
  if (may.ok()) return "it may";
  EXPECT_EQ(may.code(), absl::StatusCode::kPermissionDenied);
  return std::string(may.message());
}

TEST(AccountSidsTest, WithoutEntriesANameIsEnough) {
  EXPECT_TRUE(AccountSids().MayHave(kAlice, kSid).ok());
  EXPECT_TRUE(TryResolve("")->MayHave(kAlice, "").ok());
  EXPECT_EQ(AccountSids().SourceFor(kAlice), "");
}

TEST(AccountSidsTest, AnAccountThatIsNamedIsItsSidsAlone) {
  const AccountSids sids = *TryResolve(
      "account_sid { account: 'alice' sid: 'S-1-5-21-1-2-3-1104' }"
      "account_sid { account: '1001' sid: 'S-1-5-21-9-9-9-7' }");
  EXPECT_TRUE(sids.MayHave(kAlice, kSid).ok());
  EXPECT_TRUE(sids.MayHave(kAlice, "S-1-5-21-9-9-9-7").ok()) << "an account may have several";
  EXPECT_THAT(WhyNot(sids, kAlice, kOther), HasSubstr(kOther));
  EXPECT_THAT(WhyNot(sids, kAlice, ""), HasSubstr("no PAC"));
  EXPECT_TRUE(sids.MayHave(kBob, kOther).ok()) << "not named";
}

TEST(AccountSidsTest, WhereEntriesAreRequiredOthersAreNobodys) {
  const AccountSids sids = *TryResolve(
      "require_account_sid: true account_sid { account: 'alice' sid: 'S-1-5-21-1-2-3-1104' }");
  EXPECT_TRUE(sids.MayHave(kAlice, kSid).ok());
  EXPECT_THAT(WhyNot(sids, kBob, kOther), HasSubstr("no id map"));
  EXPECT_THAT(WhyNot(sids, kBob, ""), HasSubstr("no PAC"));
  EXPECT_THAT(WhyNot(*TryResolve("require_account_sid: true"), kAlice, kSid),
              HasSubstr("no id map"));
}

// Bob's uid, and the uid of somebody whom nobody named.
class FakeDirectory final : public SidDirectory {
 public:
  absl::StatusOr<uint32_t> UidOf(const std::string& sid) const override {
    if (sid == kOther) return 1002;
    if (sid == kSid) return 70'000;
    return absl::NotFoundError("never heard of it");
  }
};

TEST(AccountSidsTest, WhatIsNotNamedIsItsWhomTheIdMapSays) {
  const FakeDirectory directory;
  config::NegotiateConfig config;
  config.set_require_account_sid(true);
  config::AccountSid* const entry = config.add_account_sid();
  entry->set_account("alice");
  entry->set_sid("S-1-5-21-9-9-9-7");
  const AccountSids sids = *AccountSids::Resolve(config, kNames, &directory);
  EXPECT_TRUE(sids.MayHave(kBob, kOther).ok());
  EXPECT_THAT(WhyNot(sids, kBob, kSid), HasSubstr("uid 70000")) << "only the name is the same";
  EXPECT_THAT(WhyNot(sids, kBob, "S-1-5-21-9-9-9-8"), HasSubstr("never heard of it"));
  EXPECT_THAT(WhyNot(sids, kBob, ""), HasSubstr("no PAC"));
  EXPECT_TRUE(sids.MayHave(kAlice, "S-1-5-21-9-9-9-7").ok());
  EXPECT_FALSE(sids.MayHave(kAlice, kOther).ok()) << "an entry is all that counts";
  EXPECT_EQ(sids.SourceFor(kAlice), "account_sid");
  EXPECT_EQ(sids.SourceFor(kBob), "the machine's id map");
  config.set_require_account_sid(false);
  const AccountSids lenient = *AccountSids::Resolve(config, kNames, &directory);
  EXPECT_TRUE(lenient.MayHave(kBob, kSid).ok());
  EXPECT_EQ(lenient.SourceFor(kBob), "");
}

TEST(AccountSidsTest, AnErrorNamesTheFieldOfTheConfiguration) {
  const struct {
    const char* text;
    const char* field;
  } kCases[] = {
      {"account_sid { account: 'nix' sid: 'S-1-5-21-1' }", "negotiate.account_sid[0].account"},
      {"account_sid { sid: 'S-1-5-21-1' }", "negotiate.account_sid[0].account"},
      {"account_sid { account: 'alice' sid: 'S-1-5-21-1' } account_sid { account: 'bob' }",
       "negotiate.account_sid[1].sid"},
      {"account_sid { account: 'alice' sid: 's-1-5-21-1' }", "negotiate.account_sid[0].sid"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = TryResolve(test.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.text;
    ASSERT_TRUE(GetFailureDetail(status).has_value()) << test.text;
    EXPECT_EQ(GetFailureDetail(status)->field(), test.field);
  }
}

}  // namespace
}  // namespace proctor
