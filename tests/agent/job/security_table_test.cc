#include "agent/job/security_table.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

namespace proctor {
namespace {

std::shared_ptr<const JobSecurity> Of(uint32_t uid, std::vector<uint32_t> groups,
                                      const v1::AccessList& grants = {}) {
  const auto owner =
      std::make_shared<const Principal>(Principal::Posix(uid, uid, std::move(groups), "name"));
  return std::make_shared<const JobSecurity>(owner, owner, grants);
}

TEST(SecurityTableTest, WhatSaysTheSameIsHeldOnce) {
  SecurityTable table;
  const auto first = table.Share(Of(1, {1, 2}));
  EXPECT_EQ(table.Share(Of(1, {1, 2})), first);
  EXPECT_NE(table.Share(Of(2, {1, 2})), first);
  EXPECT_NE(table.Share(Of(1, {1})), first) << "other groups are somebody else";
  v1::AccessList grants;
  grants.add_grants()->set_user("7");
  EXPECT_NE(table.Share(Of(1, {1, 2}, grants)), first) << "so is a job that is shared";
}

TEST(SecurityTableTest, WhatNobodyUsesIsForgotten) {
  SecurityTable table;
  std::weak_ptr<const JobSecurity> old = table.Share(Of(1, {}));
  EXPECT_TRUE(old.expired());
  const auto next = table.Share(Of(1, {}));
  EXPECT_EQ(next->owner()->key(), "1");
}

}  // namespace
}  // namespace proctor
