#include "agent/caller/kerberos/pac_logon_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "tests/agent/caller/kerberos/logon_info_builder.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string PublishedExample() {
  std::ifstream stream(PROCTOR_SOURCE_DIR "/tests/fuzz/corpus/pac_logon_info/ms_pac_3_1",
                       std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

PacLogonInfo Decoded(const std::string& bytes) {
  absl::StatusOr<PacLogonInfo> info = DecodePacLogonInfo(bytes);
  EXPECT_TRUE(info.ok()) << info.status();
  return info.ok() ? *std::move(info) : PacLogonInfo();
}

std::string Refusal(const std::string& bytes) {
  const absl::StatusOr<PacLogonInfo> info = DecodePacLogonInfo(bytes);
  if (info.ok()) return "it was taken";
  EXPECT_EQ(info.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(info.status().message());
}

// MS-PAC, section 3.1, "Logon Authorization Information": bytes of a real domain controller.
TEST(PacLogonInfoTest, DecodesThePublishedExample) {
  const PacLogonInfo info = Decoded(PublishedExample());
  const std::string domain = "S-1-5-21-397955417-626881126-188441444";
  EXPECT_EQ(info.user_sid, absl::StrCat(domain, "-2914711"));
  ASSERT_EQ(info.group_sids.size(), 26u + 13u);
  EXPECT_EQ(info.group_sids[0], absl::StrCat(domain, "-3392609"));
  EXPECT_EQ(info.group_sids[3], absl::StrCat(domain, "-513"));
  EXPECT_EQ(info.group_sids[25], absl::StrCat(domain, "-3018354"));
  EXPECT_EQ(info.group_sids[26], "S-1-5-21-773533881-1816936887-355810188-513");
  EXPECT_EQ(info.group_sids[27], absl::StrCat(domain, "-3101812"));
  EXPECT_EQ(info.group_sids[38], absl::StrCat(domain, "-3038983"));
}

TEST(PacLogonInfoTest, AComputerIsToldFromAUser) {
  EXPECT_FALSE(Decoded(PublishedExample()).is_computer);
  LogonInfoBuilder builder;
  builder.groups = {{513, 7}};
  EXPECT_FALSE(Decoded(builder.Build()).is_computer);
  for (const uint32_t trust : {0x40u, 0x80u, 0x100u}) {
    LogonInfoBuilder account = builder;
    account.user_account_control = 0x200 | trust;
    EXPECT_TRUE(Decoded(account.Build()).is_computer) << trust;
  }
  for (const uint32_t group : {515u, 516u, 521u}) {
    LogonInfoBuilder primary = builder;
    primary.primary_group_id = group;
    EXPECT_TRUE(Decoded(primary.Build()).is_computer) << group;
    LogonInfoBuilder member = builder;
    member.groups.push_back({group, 0});  // As if it were disabled.
    EXPECT_TRUE(Decoded(member.Build()).is_computer) << group;
  }
}

TEST(PacLogonInfoTest, EveryCutOfTheExampleIsRefused) {
  const std::string whole = PublishedExample();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(Refusal(whole.substr(0, size)), HasSubstr("PAC logon information")) << size;
  }
}

TEST(PacLogonInfoTest, ResourceGroupsBelongToADomainOfTheirOwn) {
  LogonInfoBuilder builder;
  builder.groups = {{513}};
  builder.resource_domain = LogonInfoBuilder::Sid{1, {21, 7, 8, 9}, {}, 5};
  builder.resource_groups = {{1107}, {1108}};
  builder.extra = {{LogonInfoBuilder::Sid{1, {1}, {}, 18}}};
  const PacLogonInfo info = Decoded(builder.Build());
  EXPECT_EQ(info.user_sid, "S-1-5-21-1-2-3-1105");
  EXPECT_THAT(info.group_sids, ElementsAre("S-1-5-21-1-2-3-513", "S-1-18-1", "S-1-5-21-7-8-9-1107",
                                           "S-1-5-21-7-8-9-1108"));
}

TEST(PacLogonInfoTest, DisabledAndDenyOnlyGroupsDoNotCount) {
  LogonInfoBuilder builder;
  builder.groups = {{513, 0x7}, {514, 0x0}, {515, 0x3}, {516, 0x17}};
  builder.extra = {{LogonInfoBuilder::Sid{1, {32, 544}, {}, 5}, 0x10}};
  EXPECT_THAT(Decoded(builder.Build()).group_sids, ElementsAre("S-1-5-21-1-2-3-513"));
}

TEST(PacLogonInfoTest, AGroupIsToldOnce) {
  LogonInfoBuilder builder;
  builder.groups = {{513}, {513}};
  builder.extra = {{LogonInfoBuilder::Sid{1, {21, 1, 2, 3, 513}, {}, 5}}};
  EXPECT_THAT(Decoded(builder.Build()).group_sids, ElementsAre("S-1-5-21-1-2-3-513"));
}

TEST(PacLogonInfoTest, AUserOfNoDomainIsTheFirstExtraSid) {
  LogonInfoBuilder builder;
  builder.user_id = 0;
  builder.domain.reset();
  builder.extra = {{LogonInfoBuilder::Sid{1, {21, 4, 5, 6, 1000}, {}, 5}},
                   {LogonInfoBuilder::Sid{1, {11}, {}, 5}}};
  const PacLogonInfo info = Decoded(builder.Build());
  EXPECT_EQ(info.user_sid, "S-1-5-21-4-5-6-1000");
  EXPECT_THAT(info.group_sids, ElementsAre("S-1-5-11"));
}

TEST(PacLogonInfoTest, AnAuthorityBeyond32BitsIsHexadecimal) {
  LogonInfoBuilder builder;
  builder.extra = {{LogonInfoBuilder::Sid{1, {3}, {}, 0x0123456789ab}}};
  EXPECT_THAT(Decoded(builder.Build()).group_sids, ElementsAre("S-1-0x0123456789ab-3"));
}

TEST(PacLogonInfoTest, NoGroupsAtAll) {
  EXPECT_THAT(Decoded(LogonInfoBuilder().Build()).group_sids, IsEmpty());
}

TEST(PacLogonInfoTest, CountsThatLieAreRefused) {
  LogonInfoBuilder groups;
  groups.groups = {{513}};
  groups.group_count = 0x10000000;
  EXPECT_THAT(Refusal(groups.Build()), HasSubstr("GroupIds"));
  LogonInfoBuilder null_groups;
  null_groups.group_count = 1;
  EXPECT_THAT(Refusal(null_groups.Build()), HasSubstr("GroupIds"));
  LogonInfoBuilder extra;
  extra.extra = {{LogonInfoBuilder::Sid{1, {1}, {}, 18}}};
  extra.extra_count = 0xffffffff;
  EXPECT_THAT(Refusal(extra.Build()), HasSubstr("ExtraSids"));
  LogonInfoBuilder name;
  name.account_actual_count = 0x80000000;
  EXPECT_THAT(Refusal(name.Build()), HasSubstr("a name"));
}

TEST(PacLogonInfoTest, SidsThatAreNoneAreRefused) {
  LogonInfoBuilder conformance;
  conformance.domain->conformance = 15;
  EXPECT_THAT(Refusal(conformance.Build()), HasSubstr("LogonDomainId"));
  LogonInfoBuilder revision;
  revision.domain->revision = 2;
  EXPECT_THAT(Refusal(revision.Build()), HasSubstr("LogonDomainId"));
  LogonInfoBuilder long_domain;
  long_domain.domain->sub_authorities.assign(15, 1);
  EXPECT_THAT(Refusal(long_domain.Build()), HasSubstr("LogonDomainId"));
  LogonInfoBuilder long_sid;
  long_sid.extra = {{LogonInfoBuilder::Sid{1, std::vector<uint32_t>(16, 1), {}, 5}}};
  EXPECT_THAT(Refusal(long_sid.Build()), HasSubstr("ExtraSids"));
  LogonInfoBuilder null;
  null.extra = {{absl::nullopt}};
  EXPECT_THAT(Refusal(null.Build()), HasSubstr("ExtraSids"));
}

TEST(PacLogonInfoTest, WhatHasNoDomainIsRefused) {
  LogonInfoBuilder user;
  user.domain.reset();
  EXPECT_THAT(Refusal(user.Build()), HasSubstr("no user SID"));
  LogonInfoBuilder nobody;
  nobody.user_id = 0;
  EXPECT_THAT(Refusal(nobody.Build()), HasSubstr("no user SID"));
  LogonInfoBuilder groups;
  groups.groups = {{513}};
  groups.domain.reset();
  EXPECT_THAT(Refusal(groups.Build()), HasSubstr("without LogonDomainId"));
  LogonInfoBuilder resource;
  resource.resource_groups = {{1107}};
  EXPECT_THAT(Refusal(resource.Build()), HasSubstr("without ResourceGroupDomainSid"));
}

TEST(PacLogonInfoTest, MoreGroupsThanATokenHoldsAreRefused) {
  LogonInfoBuilder many;
  for (uint32_t i = 0; i < kMaxPacGroups; ++i) many.groups.push_back({1000 + i});
  EXPECT_EQ(Decoded(many.Build()).group_sids.size(), kMaxPacGroups);
  many.extra = {{LogonInfoBuilder::Sid{1, {1}, {}, 18}}};
  EXPECT_THAT(Refusal(many.Build()), HasSubstr("more groups"));
}

TEST(PacLogonInfoTest, OtherSerialisationsAreRefused) {
  const std::string good = LogonInfoBuilder().Build();
  for (const auto& [at, value] :
       std::vector<std::pair<size_t, char>>{{0, 2}, {1, 0x00}, {2, 16}, {10, 0x7f}}) {
    std::string bytes = good;
    bytes[at] = value;
    EXPECT_THAT(Refusal(bytes), HasSubstr("header")) << at;
  }
  std::string null = good;
  for (size_t i = 16; i < 20; ++i) null[i] = 0;
  EXPECT_THAT(Refusal(null), HasSubstr("there is none"));
}

}  // namespace
}  // namespace proctor
