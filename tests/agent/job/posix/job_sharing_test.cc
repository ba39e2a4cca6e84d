// Sharing by uid and gid, as the manager grants it.

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "agent/job/job_access.h"
#include "agent/token/account_names.h"
#include "agent/token/policy.h"
#include "tests/agent/job/job_manager_fixture.h"

namespace proctor {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint32_t kCarol = 1003;
const Principal kMember = Principal::Posix(1004, 1004, {500}, "member");

v1::AccessList Grants(const std::string& text) {
  v1::AccessList list;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &list)) << text;
  return list;
}

class JobSharingTest : public JobManagerTest {
 protected:
  // Alice's job, which runs as `user`.
  std::string LaunchShared(const std::string& grants, uint32_t user = kAlice) {
    LaunchOrder order{NewJobId(), TokenTestPeer::Launch(user), Spec(), {}, false, nullptr, {}};
    order.security =
        *manager_->access().Protect(std::make_shared<const Principal>(Who(kAlice)),
                                    std::make_shared<const Principal>(Who(user)), Grants(grants));
    return Launch(std::move(order));
  }

  bool Can(const Principal& who, const std::string& id, v1::JobRight right) {
    return manager_->Subscribe(who, id, right, nullptr, false).ok();
  }
};

TEST_F(JobSharingTest, EachRightIsGrantedAloneWithTheSightOfTheJob) {
  const v1::JobRight rights[] = {v1::READ_OUTPUT, v1::SIGNAL, v1::TERMINATE, v1::DELETE_RECORD,
                                 v1::SET_ATTRIBUTES};
  for (const v1::JobRight granted : rights) {
    const std::string id =
        LaunchShared("grants { user: '1002' rights: " + v1::JobRight_Name(granted) + " }");
    EXPECT_TRUE(Can(Who(kBob), id, v1::QUERY)) << granted;
    for (const v1::JobRight asked : rights) {
      EXPECT_EQ(Can(Who(kBob), id, asked), asked == granted) << asked << " of " << granted;
    }
    EXPECT_FALSE(Can(Who(kCarol), id, v1::QUERY));
  }
}

TEST_F(JobSharingTest, AGroupsMembersHaveWhatItIsGranted) {
  const std::string id = LaunchShared("grants { group: '500' rights: QUERY }");
  EXPECT_TRUE(Can(kMember, id, v1::QUERY));
  EXPECT_FALSE(Can(kMember, id, v1::READ_OUTPUT));
  EXPECT_FALSE(Can(Who(500), id, v1::QUERY) && !Who(500).IsMemberOf("500")) << "not by a uid";
}

TEST_F(JobSharingTest, TheUserItRunsAsHasEveryRightAndTheQuotaIsTheOwners) {
  UserLimits limits;
  limits.max_running_jobs = 1;
  Start(limits);
  const std::string id = LaunchShared("", kBob);
  for (const v1::JobRight right : {v1::QUERY, v1::READ_OUTPUT, v1::TERMINATE, v1::SET_ATTRIBUTES}) {
    EXPECT_TRUE(Can(Who(kBob), id, right));
    EXPECT_FALSE(Can(Who(kCarol), id, right));
  }
  Report(Running(id));
  EXPECT_EQ(answers_.back()->response->user().posix().uid(), kBob);
  EXPECT_EQ(Get(id).owner().posix().uid(), kAlice);
  EXPECT_EQ(Get(id).user().posix().uid(), kBob);
  EXPECT_EQ(List(kBob, {})->jobs(0).user().posix().uid(), kBob);
  Launch(kBob, Spec());
  EXPECT_THAT(host_.launched(), SizeIs(2)) << "the first does not count for bob";
  Launch(kAlice, Spec());
  EXPECT_EQ(answers_.back().status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(JobSharingTest, SharingAndUserSurviveTheAgent) {
  const std::string id = LaunchShared("grants { user: '1003' rights: QUERY }", kBob);
  const std::string done = LaunchShared("grants { user: '1003' rights: READ_OUTPUT }", kBob);
  Report(Final(done, 0));
  Start();
  manager_->OnHostReady(*host_.info(), {Running(id)});
  for (const std::string& job : {id, done}) {
    EXPECT_TRUE(Can(Who(kCarol), job, v1::QUERY));
    EXPECT_TRUE(Can(Who(kBob), job, v1::TERMINATE)) << "the user";
    EXPECT_FALSE(Can(Who(kCarol), job, v1::TERMINATE));
    EXPECT_EQ(Get(job).user().posix().uid(), kBob);
  }
  EXPECT_TRUE(Can(Who(kCarol), done, v1::READ_OUTPUT));
  EXPECT_FALSE(Can(Who(kCarol), id, v1::READ_OUTPUT));
}

TEST_F(JobSharingTest, ListsAndEventsShowWhatIsShared) {
  uint64_t position = 0;
  const std::string shared = LaunchShared("grants { user: '1002' rights: QUERY }");
  LaunchShared("");
  EXPECT_THAT(List(kBob, {})->jobs(), SizeIs(1));
  EXPECT_THAT(List(kCarol, {})->jobs(), IsEmpty());
  const auto events = *manager_->EventsAfter(Who(kBob), JobFilter({}), &position);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0]->job_id, shared);
  position = 0;
  EXPECT_THAT(*manager_->EventsAfter(Who(kCarol), JobFilter({}), &position), IsEmpty());
}

TEST_F(JobSharingTest, AnUpdateReplacesWhomItIsSharedWithAlsoInTheJournal) {
  const std::string id = LaunchShared("grants { user: '1002' rights: SET_ATTRIBUTES }");
  JobUpdate update;
  update.request.set_job_id(id);
  *update.request.mutable_share_with() = Grants("grants { user: 'carol' rights: QUERY }");
  update.grants = Grants("grants { user: '1003' rights: QUERY }");
  const auto job = Update(kBob, update);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->spec().share_with(0).user(), "carol") << "as it was asked for";
  EXPECT_FALSE(Can(Who(kBob), id, v1::QUERY)) << "no longer";
  EXPECT_TRUE(Can(Who(kCarol), id, v1::QUERY));
  Start();
  EXPECT_TRUE(Can(Who(kCarol), id, v1::QUERY));
  EXPECT_FALSE(Can(Who(kBob), id, v1::QUERY));
}

TEST_F(JobSharingTest, WhoLosesARightIsToldAndAnsweredLikeAStranger) {
  const std::string id = LaunchShared("grants { user: '1002' rights: READ_OUTPUT }");
  Report(Running(id));
  const auto observer = std::make_shared<CountingObserver>();
  const auto bobs = *manager_->Subscribe(Who(kBob), id, v1::READ_OUTPUT, observer, true);
  const auto owners = *manager_->Subscribe(Who(kAlice), id, v1::READ_OUTPUT,
                                           std::make_shared<CountingObserver>(), true);
  EXPECT_TRUE(bobs->View().ok());
  const int before = observer->changes();
  JobUpdate update;
  update.request.set_job_id(id);
  update.request.mutable_share_with();
  ASSERT_TRUE(Update(kAlice, update).ok());
  EXPECT_GT(observer->changes(), before);
  const absl::Status stranger = manager_->GetJob(Who(kCarol), id).status();
  EXPECT_EQ(bobs->View().status(), stranger);
  EXPECT_TRUE(owners->View().ok());
}

TEST_F(JobSharingTest, AnAdministratorWhoIsNoLongerOneIsAnsweredLikeAStranger) {
  config::AgentConfig config;
  config.mutable_policy()->mutable_administrators()->add_user("1002");
  PolicySource policy(*Policy::Compile(config, *AccountNames::System()));
  policy_ = &policy;
  Start();
  const std::string id = Launch(kAlice, Spec());
  Report(Running(id));
  const auto observer = std::make_shared<CountingObserver>();
  auto bobs = *manager_->Subscribe(Who(kBob), id, v1::QUERY, observer, true);
  EXPECT_TRUE(bobs->View().ok());
  const int before = observer->changes();
  policy.Replace(*Policy::Compile({}, *AccountNames::System()));
  manager_->PolicyChanged();
  EXPECT_GT(observer->changes(), before);
  EXPECT_EQ(bobs->View().status().code(), absl::StatusCode::kNotFound);
  bobs = nullptr;
  policy_ = nullptr;
  Start();
}

}  // namespace
}  // namespace proctor
