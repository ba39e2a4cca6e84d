// Records with megabytes of arguments: kept apart from what changes, charged to their owner, and
// the same to everybody who looks.

#include "agent/job/job_record.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "tests/agent/job/job_manager_fixture.h"

namespace proctor {
namespace {

using ::google::protobuf::util::MessageDifferencer;

constexpr int kArguments = 2000;

v1::LaunchSpec LargeSpec(const std::string& request_id = "") {
  v1::LaunchSpec spec;
  spec.add_argv("/bin/echo");
  for (int i = 1; i < kArguments; ++i) spec.add_argv(absl::StrCat("argument ", i));
  spec.set_request_id(request_id);
  spec.mutable_environment()->add_unset("HOME");
  (*spec.mutable_environment()->mutable_variables())["NAME"] = "";
  spec.mutable_byte_strings()->add_environment("OTHER=");
  (*spec.mutable_labels())["team"] = "blue";
  spec.mutable_standard_error()->mutable_discard();
  return spec;
}

TEST(LargeStringsTest, WhatIsTakenAndPutBackIsTheSame) {
  v1::Job job;
  job.set_job_id("an id");
  *job.mutable_spec() = LargeSpec();
  const v1::Job before = job;
  const LargeStrings strings = TakeLargeStrings(job.mutable_spec());
  ASSERT_NE(strings, nullptr);
  EXPECT_EQ(job.spec().argv_size(), 0);
  EXPECT_FALSE(job.spec().has_environment());
  EXPECT_EQ(job.spec().labels().at("team"), "blue");
  EXPECT_LT(job.ByteSizeLong(), 100u);
  v1::Job read;
  ASSERT_TRUE(read.ParseFromString(absl::StrCat(job.SerializeAsString(), *strings)));
  EXPECT_TRUE(MessageDifferencer::Equals(read, before));
  PutLargeStrings(strings, &job);
  EXPECT_TRUE(MessageDifferencer::Equals(job, before));
}

TEST(LargeStringsTest, AFewAreLeftWhereTheyAre) {
  v1::LaunchSpec spec;
  spec.add_argv("/bin/true");
  EXPECT_EQ(TakeLargeStrings(&spec), nullptr);
  EXPECT_EQ(spec.argv_size(), 1);
}

class JobRecordTest : public JobManagerTest {
 protected:
  // Whoever asks sees all of them.
  void ExpectWhole(const std::string& id) {
    EXPECT_EQ(Get(id).spec().argv_size(), kArguments);
    EXPECT_EQ(Get(id).spec().environment().unset_size(), 1);
    v1::ListJobsRequest request;
    request.set_view(v1::FULL);
    const absl::StatusOr<v1::ListJobsResponse> page = List(kAlice, request);
    ASSERT_TRUE(page.ok() && page->jobs_size() == 1) << page.status();
    EXPECT_EQ(page->jobs(0).spec().argv_size(), kArguments);
  }
  static JobUpdate SetLabel(const std::string& id, const std::string& value) {
    JobUpdate update;
    update.request.set_job_id(id);
    (*update.request.mutable_set_labels())["team"] = value;
    return update;
  }
  static std::string SubjectOf(const absl::Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    return GetFailureDetail(status)->subject();
  }
  uint64_t Held() { return manager_->UsageOf(Who(kAlice)).record_bytes; }
};

TEST_F(JobRecordTest, IsWholeAtEachMomentOfItsLife) {
  const std::string id = Launch(kAlice, LargeSpec());
  ExpectWhole(id);
  Report(Running(id));
  Start();
  manager_->OnHostReady(FakeJobHost::Life("life-1"), {Running(id)});
  ExpectWhole(id);
  const absl::StatusOr<v1::Job> updated = Update(kAlice, SetLabel(id, "red"));
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->spec().argv_size(), kArguments);
  Report(Final(id, 3));
  ExpectWhole(id);
  ASSERT_TRUE(Update(kAlice, SetLabel(id, "green")).ok());
  Start();
  ExpectWhole(id);
  EXPECT_EQ(Get(id).spec().labels().at("team"), "green");
  EXPECT_EQ(Get(id).exit().exit_code(), 3);
}

TEST_F(JobRecordTest, ARepeatedLaunchIsComparedWithAllOfIt) {
  const std::string id = Launch(kAlice, LargeSpec("r"));
  Report(Running(id));
  Launch(kAlice, LargeSpec("r"));
  ASSERT_TRUE(answers_[1].ok()) << answers_[1].status();
  EXPECT_TRUE(answers_[1]->existing);
  v1::LaunchSpec other = LargeSpec("r");
  other.set_argv(kArguments - 1, "another");
  Launch(kAlice, other);
  EXPECT_EQ(answers_[2].status().code(), absl::StatusCode::kAlreadyExists);
  Report(Final(id, 0));
  Launch(kAlice, LargeSpec("r"));
  ASSERT_TRUE(answers_[3].ok()) << answers_[3].status();
  EXPECT_EQ(answers_[3]->response->job_id(), id);
}

TEST_F(JobRecordTest, ItsBytesAreBounded) {
  UserLimits limits;
  limits.max_record_bytes = 80'000;
  Start(limits);
  const std::string first = Launch(kAlice, LargeSpec());
  const uint64_t held = Held();
  EXPECT_GT(held, 25'000u);
  Launch(kAlice, LargeSpec());
  Launch(kAlice, LargeSpec());
  ASSERT_THAT(answers_, ::testing::SizeIs(1));
  EXPECT_EQ(SubjectOf(answers_[0].status()), "max_record_bytes_per_user");
  Launch(kBob, LargeSpec());
  EXPECT_THAT(host_.launched(), ::testing::SizeIs(3));
  // What is kept of an ended job counts on, also for the next agent.
  Report(Final(first, 0));
  EXPECT_GT(Held(), held);
  const uint64_t before = Held();
  Start(limits);
  EXPECT_NEAR(static_cast<double>(Held()), static_cast<double>(before), 10);
  EXPECT_TRUE(Delete(kAlice, first).ok());
  EXPECT_LT(Held(), before - 25'000);
  Launch(kAlice, LargeSpec());
  EXPECT_THAT(host_.launched(), ::testing::SizeIs(4));
}

TEST_F(JobRecordTest, WhatARunningJobIsHandedIsChargedUntilItEnds) {
  v1::LaunchSpec spec = Spec();
  spec.mutable_standard_input()->set_data(std::string(50'000, 'x'));
  (*spec.mutable_environment()->mutable_variables())["NAME"] = std::string(20'000, 'x');
  UserLimits limits;
  limits.max_record_bytes = 100'000;
  Start(limits);
  const std::string id = Launch(kAlice, spec);
  EXPECT_GT(Held(), 70'000u);
  ASSERT_TRUE(Update(kAlice, SetLabel(id, "red")).ok());
  EXPECT_GT(Held(), 70'000u);
  Launch(kAlice, spec);
  ASSERT_THAT(answers_, ::testing::SizeIs(1));
  EXPECT_EQ(SubjectOf(answers_[0].status()), "max_record_bytes_per_user");
  Report(Final(id, 0));
  EXPECT_LT(Held(), 2000u);
}

TEST_F(JobRecordTest, AnUpdateIsChargedToo) {
  UserLimits limits;
  limits.max_record_bytes = 3000;
  Start(limits);
  const std::string id = Launch(kAlice, Spec());
  const uint64_t held = Held();
  ASSERT_TRUE(Update(kAlice, SetLabel(id, std::string(1000, 'x'))).ok());
  EXPECT_GT(Held(), held + 1000);
  JobUpdate large = SetLabel(id, std::string(1000, 'x'));
  (*large.request.mutable_set_labels())["other"] = std::string(2000, 'x');
  EXPECT_EQ(SubjectOf(Update(kAlice, large).status()), "max_record_bytes_per_user");
  EXPECT_EQ(Get(id).spec().labels().count("other"), 0u);
  ASSERT_TRUE(Update(kAlice, SetLabel(id, "")).ok());
  EXPECT_LT(Held(), held + 100);
  Report(Final(id, 0));
  EXPECT_TRUE(Delete(kAlice, id).ok());
  EXPECT_EQ(Held(), 0u);
}

}  // namespace
}  // namespace proctor
