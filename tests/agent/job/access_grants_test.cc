#include "agent/job/access_grants.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "agent/job/field_error.h"
#include "tests/agent/token/fake_account_names.h"

namespace proctor {
namespace {

const FakeAccountNames kNames({{"bob", "1002"}}, {{"ci", "500"}});

AccessGrants Grants(const std::string& text) {
  v1::LaunchSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  return spec.share_with();
}

std::string FieldOf(const absl::Status& status) { return GetErrorField(status).value_or("none"); }

TEST(AccessGrantsTest, TrusteesAreResolvedAndRightsKept) {
  const auto resolved =
      ResolveGrants("spec.share_with",
                    Grants("share_with { user: 'bob' rights: QUERY rights: SIGNAL } "
                           "share_with { group: 'ci' rights: TERMINATE }"),
                    kNames);
  ASSERT_TRUE(resolved.ok());
  EXPECT_EQ(resolved->grants(0).user(), "1002");
  EXPECT_EQ(resolved->grants(0).rights_size(), 2);
  EXPECT_EQ(resolved->grants(1).group(), "500");
}

TEST(AccessGrantsTest, ANameThatNobodyHasIsNamedByItsField) {
  const char* const kGood = "share_with { user: 'bob' rights: QUERY } ";
  const auto field = [&](const std::string& text) {
    return FieldOf(ResolveGrants("spec.share_with", Grants(kGood + text), kNames).status());
  };
  EXPECT_EQ(field("share_with { user: 'eve' rights: QUERY }"), "spec.share_with[1].user");
  EXPECT_EQ(field("share_with { group: 'bob' rights: QUERY }"), "spec.share_with[1].group");
}

TEST(AccessGrantsTest, WhatCannotBeAGrantIsRefused) {
  const auto field = [](const std::string& text) {
    return FieldOf(ValidateGrants("spec.share_with", Grants(text)));
  };
  EXPECT_EQ(field("share_with { user: 'bob' rights: SET_ATTRIBUTES }"), "none");
  EXPECT_EQ(field("share_with { rights: QUERY }"), "spec.share_with[0]");
  EXPECT_EQ(field("share_with { user: '' rights: QUERY }"), "spec.share_with[0].user");
  EXPECT_EQ(field("share_with { group: 'a\\000b' rights: QUERY }"), "spec.share_with[0].group");
  EXPECT_EQ(field("share_with { user: 'bob' }"), "spec.share_with[0].rights");
  EXPECT_EQ(field("share_with { user: 'bob' rights: QUERY rights: NO_JOB }"),
            "spec.share_with[0].rights[1]");
  AccessGrants many;
  for (int i = 0; i < 65; ++i) {
    many.Add()->set_user("bob");
    many.rbegin()->add_rights(v1::QUERY);
  }
  EXPECT_EQ(FieldOf(ValidateGrants("spec.share_with", many)), "spec.share_with");
}

}  // namespace
}  // namespace proctor
