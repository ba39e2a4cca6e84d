#include "agent/job/job_access.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/agent/token/fake_account_names.h"

namespace proctor {
namespace {

constexpr v1::JobRight kRights[] = {v1::QUERY,     v1::READ_OUTPUT,   v1::SIGNAL,
                                    v1::TERMINATE, v1::DELETE_RECORD, v1::SET_ATTRIBUTES};

const Principal kOwner = Principal::Posix(1000, 1000, {1000, 50}, "alice");
const Principal kStranger = Principal::Posix(1001, 1000, {1000, 50}, "bob");
const Principal kAdministrator = Principal::Posix(1002, 1002, {700}, "carol");
const Principal kRoot = Principal::Posix(0, 0, {}, "root");

std::shared_ptr<const Policy> PolicyOf(const std::string& text) {
  config::AgentConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config));
  return *Policy::Compile(config, FakeAccountNames({}, {}));
}

class JobAccessTest : public ::testing::Test {
 protected:
  static std::shared_ptr<const JobSecurity> JobOf(const Principal& owner) {
    const auto shared = std::make_shared<const Principal>(owner);
    return std::make_shared<const JobSecurity>(shared, shared, v1::AccessList());
  }

  PolicySource policy_{PolicyOf("administrators_group: '700'")};
  const std::unique_ptr<const JobAccess> access_ = JobAccess::Create(&policy_);
  const std::shared_ptr<const JobSecurity> job_ = JobOf(kOwner);
};

TEST_F(JobAccessTest, TheOwnerHasEveryRight) {
  for (const v1::JobRight right : kRights) EXPECT_TRUE(access_->Allows(kOwner, *job_, right));
}

TEST_F(JobAccessTest, AStrangerHasNoneEvenInTheSameGroups) {
  for (const v1::JobRight right : kRights) EXPECT_FALSE(access_->Allows(kStranger, *job_, right));
}

TEST_F(JobAccessTest, AdministratorsAndTheSuperuserHaveEveryRight) {
  for (const v1::JobRight right : kRights) {
    EXPECT_TRUE(access_->Allows(kAdministrator, *job_, right));
    EXPECT_TRUE(access_->Allows(kRoot, *job_, right));
  }
}

TEST_F(JobAccessTest, WhoAdministratesChangesWithThePolicy) {
  policy_.Replace(PolicyOf("policy { administrators { user: '1001' } }"));
  EXPECT_TRUE(access_->Allows(kStranger, *job_, v1::TERMINATE));
  EXPECT_FALSE(access_->Allows(kAdministrator, *job_, v1::TERMINATE));
}

TEST_F(JobAccessTest, WithoutAPolicyOnlyTheSuperuserAdministrates) {
  const auto access = JobAccess::Create(nullptr);
  EXPECT_FALSE(access->IsAdministrator(kAdministrator));
  EXPECT_TRUE(access->IsAdministrator(kRoot));
}

TEST_F(JobAccessTest, RightsThatNameNoJobAreRefusedToEverybody) {
  for (const v1::JobRight right :
       {v1::JOB_RIGHT_UNSPECIFIED, v1::NO_JOB, static_cast<v1::JobRight>(99)}) {
    EXPECT_FALSE(access_->Allows(kOwner, *job_, right));
    EXPECT_FALSE(access_->Allows(kRoot, *job_, right));
  }
}

TEST_F(JobAccessTest, AJobWithoutAnOwnerIsNobodysButTheAdministrators) {
  v1::Principal nobody;
  nobody.mutable_windows();
  const std::shared_ptr<const JobSecurity> job = JobOf(Principal(nobody));
  EXPECT_FALSE(access_->Allows(Principal(nobody), *job, v1::QUERY));
  EXPECT_TRUE(access_->Allows(kRoot, *job, v1::QUERY));
}

}  // namespace
}  // namespace proctor
