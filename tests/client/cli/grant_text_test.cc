#include "client/cli/grant_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace proctor::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(GrantTextTest, UsersAndGroupsWithTheirRights) {
  const auto bob = ParseGrant("user:bob=query,terminate");
  ASSERT_TRUE(bob.ok()) << bob.status();
  EXPECT_EQ(bob->user(), "bob");
  EXPECT_THAT(bob->rights(), ElementsAre(v1::QUERY, v1::TERMINATE));
  EXPECT_EQ(GrantText(*bob), "user:bob=query,terminate");
  const auto all = ParseGrant("group:build ci=all");
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->group(), "build ci");
  EXPECT_EQ(GrantText(*all),
            "group:build ci=query,read-output,signal,terminate,delete-record,set-attributes");
}

TEST(GrantTextTest, WhatIsWrongIsSaid) {
  const auto message = [](const char* text) {
    return std::string(ParseGrant(text).status().message());
  };
  EXPECT_THAT(message("bob=query"), HasSubstr("user:NAME"));
  EXPECT_THAT(message("user:bob"), HasSubstr("RIGHT"));
  EXPECT_THAT(message("user:=query"), HasSubstr("user:NAME"));
  EXPECT_THAT(message("user:bob=owns"), HasSubstr("no right \"owns\""));
  EXPECT_THAT(message("user:bob="), HasSubstr("no right"));
}

TEST(GrantTextTest, SharingReplacesWhatTheTrusteeHad) {
  AccessGrants grants;
  Share(*ParseGrant("user:bob=query"), &grants);
  Share(*ParseGrant("group:bob=signal"), &grants);
  Share(*ParseGrant("user:bob=terminate"), &grants);
  ASSERT_EQ(grants.size(), 2);
  EXPECT_EQ(GrantText(grants.Get(0)), "group:bob=signal");
  EXPECT_EQ(GrantText(grants.Get(1)), "user:bob=terminate");
  EXPECT_TRUE(Unshare(*ParseTrustee("user:bob"), &grants).ok());
  EXPECT_EQ(grants.size(), 1);
  EXPECT_EQ(Unshare(*ParseTrustee("user:bob"), &grants).code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace proctor::cli
