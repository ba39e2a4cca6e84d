#include "agent/job/job_access.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "agent/token/principal.h"

namespace proctor {
namespace {

constexpr v1::JobRight kRights[] = {v1::QUERY, v1::READ_OUTPUT, v1::SIGNAL, v1::TERMINATE,
                                    v1::DELETE_RECORD};
constexpr uint32_t kAdministrators = 700;

const Principal kOwner = Principal::Posix(1000, 1000, {1000, 50}, "alice");
const Principal kStranger = Principal::Posix(1001, 1000, {1000, 50}, "bob");
const Principal kAdministrator = Principal::Posix(1002, 1002, {kAdministrators}, "carol");
const Principal kRoot = Principal::Posix(0, 0, {}, "root");

TEST(JobAccessTest, TheOwnerHasEveryRight) {
  const JobAccess access(absl::StrCat(kAdministrators));
  for (const v1::JobRight right : kRights) EXPECT_TRUE(access.Allows(kOwner, "1000", right));
}

TEST(JobAccessTest, AStrangerHasNoneEvenInTheSameGroups) {
  const JobAccess access(absl::StrCat(kAdministrators));
  for (const v1::JobRight right : kRights) EXPECT_FALSE(access.Allows(kStranger, "1000", right));
}

TEST(JobAccessTest, AdministratorsAndTheSuperuserHaveEveryRight) {
  const JobAccess access(absl::StrCat(kAdministrators));
  for (const v1::JobRight right : kRights) {
    EXPECT_TRUE(access.Allows(kAdministrator, "1000", right));
    EXPECT_TRUE(access.Allows(kRoot, "1000", right));
  }
}

TEST(JobAccessTest, AnEffectiveGroupCountsAsMembership) {
  const JobAccess access(absl::StrCat(kAdministrators));
  EXPECT_TRUE(access.IsAdministrator(Principal::Posix(1003, kAdministrators, {}, "dora")));
}

TEST(JobAccessTest, WithoutAnAdministratorsGroupOnlyTheSuperuserIsOne) {
  const JobAccess access(absl::nullopt);
  EXPECT_TRUE(access.IsAdministrator(kRoot));
  EXPECT_FALSE(access.IsAdministrator(kAdministrator));
  EXPECT_FALSE(access.IsAdministrator(Principal::Posix(1004, 0, {0}, "in group 0")));
}

TEST(JobAccessTest, RightsThatNameNoJobAreRefusedToEverybody) {
  const JobAccess access(absl::StrCat(kAdministrators));
  for (const v1::JobRight right :
       {v1::JOB_RIGHT_UNSPECIFIED, v1::NO_JOB, static_cast<v1::JobRight>(99)}) {
    EXPECT_FALSE(access.Allows(kOwner, "1000", right)) << right;
    EXPECT_FALSE(access.Allows(kRoot, "1000", right)) << right;
  }
}

TEST(JobAccessTest, AJobWithoutAnOwnerIsNobodysButTheAdministrators) {
  const JobAccess access(absl::StrCat(kAdministrators));
  EXPECT_FALSE(access.Allows(kOwner, "", v1::QUERY));
  EXPECT_FALSE(access.Allows(Principal(v1::Principal()), "", v1::QUERY));
  EXPECT_TRUE(access.Allows(kRoot, "", v1::QUERY));
}

}  // namespace
}  // namespace proctor
