#include "agent/job/job_listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/job/field_error.h"
#include "agent/job/launch_spec.h"
#include "common/proto_time.h"
#include "tests/agent/job/job_manager_fixture.h"

namespace proctor {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Lt;
using ::testing::SizeIs;

// What every client takes unless it is told otherwise.
constexpr size_t kStockClientBytes = 4 << 20;

class JobListingTest : public JobManagerTest {
 protected:
  // Every page of the list. Fails when there are more than a hundred.
  std::vector<v1::ListJobsResponse> Pages(uint32_t uid, v1::ListJobsRequest request) {
    std::vector<v1::ListJobsResponse> pages;
    do {
      absl::StatusOr<v1::ListJobsResponse> page = List(uid, request);
      if (!page.ok() || pages.size() == 100) {
        ADD_FAILURE() << page.status() << " after " << pages.size() << " pages";
        break;
      }
      request.set_page_token(page->next_page_token());
      pages.push_back(*std::move(page));
    } while (!request.page_token().empty());
    return pages;
  }

  static std::multiset<std::string> Ids(const std::vector<v1::ListJobsResponse>& pages) {
    std::multiset<std::string> ids;
    for (const auto& page : pages) {
      for (const auto& job : page.jobs()) ids.insert(job.job_id());
    }
    return ids;
  }

  static v1::LaunchSpec Large(size_t bytes) {
    v1::LaunchSpec spec = Spec();
    spec.add_argv(std::string(bytes, 'x'));
    return spec;
  }
};

TEST_F(JobListingTest, ACallLooksAtABoundedNumberOfRecordsAndAnswersWithAToken) {
  StartWithRecords(20'000);
  v1::ListJobsRequest request;
  (*request.mutable_filter()->mutable_labels())["nobody"] = "has it";
  const std::vector<v1::ListJobsResponse> pages = Pages(kAlice, request);
  EXPECT_THAT(pages, SizeIs(3));
  EXPECT_THAT(Ids(pages), IsEmpty());
}

TEST_F(JobListingTest, EmptyPagesLoseNothing) {
  StartWithRecords(20'000);
  v1::LaunchSpec spec = Spec();
  (*spec.mutable_labels())["rare"] = "one";
  const std::string newest = Launch(kAlice, spec);
  Start();
  v1::ListJobsRequest request;
  request.set_page_size(1);
  (*request.mutable_filter()->mutable_labels())["rare"];
  EXPECT_EQ(Ids(Pages(kAlice, request)), std::multiset<std::string>{newest});
  request.mutable_filter()->clear_labels();
  request.set_page_size(1000);
  EXPECT_THAT(Ids(Pages(kAlice, request)), SizeIs(20'001));
}

TEST_F(JobListingTest, APageOfOneDoesNotCostALockARecord) {
  v1::ListJobsRequest request;
  request.set_page_size(1);
  const auto listing =
      JobListing::Make(std::make_shared<const Principal>(Who(kAlice)), nullptr, request, nullptr);
  JobListing::Piece piece;
  piece.looked = 200;
  EXPECT_TRUE((*listing)->Wants(piece)) << "nothing found yet";
  piece.found.emplace_back();
  EXPECT_FALSE((*listing)->Wants(piece));
  piece.found.clear();
  piece.looked = 10'000;
  EXPECT_FALSE((*listing)->Wants(piece)) << "a piece is bounded";
}

TEST_F(JobListingTest, AFilterIsBounded) {
  v1::ListJobsRequest request;
  for (int i = 0; i < kMaxLabels + 1; ++i) {
    (*request.mutable_filter()->mutable_labels())[absl::StrCat("label", i)] = "";
  }
  EXPECT_EQ(GetErrorField(List(kAlice, request).status()), "filter.labels");
  request.mutable_filter()->clear_labels();
  for (int i = 0; i < 1000; ++i) request.mutable_filter()->add_states(v1::RUNNING);
  EXPECT_EQ(GetErrorField(List(kAlice, request).status()), "filter.states");
}

TEST_F(JobListingTest, APageEndsAtAMebibyte) {
  std::multiset<std::string> ids;
  for (int i = 0; i < 50; ++i) {
    ids.insert(Launch(kAlice, Large(60 << 10)));
    if (i % 2 == 0) Report(Final(*ids.rbegin(), 0));
  }
  v1::ListJobsRequest request;
  const std::vector<v1::ListJobsResponse> pages = Pages(kAlice, request);
  EXPECT_EQ(Ids(pages), ids);
  for (const auto& page : pages) EXPECT_LE(page.ByteSizeLong(), (1u << 20) + 64);
}

TEST_F(JobListingTest, AJobThatIsLargerThanAPageIsAPage) {
  const std::string first = Launch(kAlice, Large(100 << 10));
  std::string last = first;
  std::multiset<std::string> ids = {first};
  for (int i = 0; i < 3; ++i) {
    v1::LaunchSpec spec = Spec();
    for (int part = 0; part < 15; ++part) spec.add_argv(std::string(128 << 10, 'x'));
    ids.insert(Launch(kAlice, spec));
  }
  const std::vector<v1::ListJobsResponse> pages = Pages(kAlice, {});
  EXPECT_EQ(Ids(pages), ids);
  for (const auto& page : pages) {
    EXPECT_GT(page.jobs_size(), 0);
    EXPECT_LT(page.ByteSizeLong(), kStockClientBytes);
  }
}

TEST_F(JobListingTest, BasicShowsNeitherNamesOfVariablesNorGroups) {
  v1::LaunchSpec spec = Spec();
  (*spec.mutable_environment()->mutable_variables())["NAME"] = "value";
  const std::vector<uint32_t> groups(10'000, 7);
  const auto owner =
      std::make_shared<const Principal>(Principal::Posix(kAlice, kAlice, groups, "alice"));
  LaunchOrder order{
      NewJobId(),   TokenTestPeer::Launch(kAlice),
      spec,         LaunchParameters(),
      false,        std::make_shared<const JobSecurity>(owner, owner, v1::AccessList()),
      absl::nullopt};
  const std::string id = Launch(std::move(order));
  for (const bool finished : {false, true}) {
    if (finished) Report(Final(id, 0));
    const auto basic = List(kAlice, {});
    ASSERT_THAT(basic->jobs(), SizeIs(1));
    EXPECT_THAT(basic->jobs(0).owner().posix().groups(), IsEmpty());
    EXPECT_THAT(basic->jobs(0).user().posix().groups(), IsEmpty());
    EXPECT_EQ(basic->jobs(0).owner().name(), "alice");
    EXPECT_THAT(basic->jobs(0).spec().environment().variables(), IsEmpty());
    v1::ListJobsRequest request;
    request.set_view(v1::FULL);
    const auto full = List(kAlice, request);
    EXPECT_THAT(full->jobs(0).owner().posix().groups(), SizeIs(10'000));
    EXPECT_THAT(full->jobs(0).user().posix().groups(), SizeIs(10'000));
    EXPECT_THAT(full->jobs(0).spec().environment().variables(), SizeIs(1));
    EXPECT_THAT(Get(id).owner().posix().groups(), SizeIs(10'000)) << "GetJob shows everything";
  }
}

TEST_F(JobListingTest, AListingThatWasGivenUpEnds) {
  StartWithRecords(1000);
  absl::Status answer;
  std::promise<void> ended;
  auto listing = JobListing::Make(std::make_shared<const Principal>(Who(kAlice)), nullptr, {},
                                  [&](const absl::StatusOr<v1::ListJobsResponse>& page) {
                                    answer = page.status();
                                    ended.set_value();
                                  });
  (*listing)->Cancel();
  manager_->ListJobs(*listing);
  ended.get_future().wait();
  EXPECT_EQ(answer.code(), absl::StatusCode::kCancelled);
}

TEST_F(JobListingTest, NothingIsLookedAtOnTheThreadOfWhoAsksAndUsersTakeTurns) {
  StartWithRecords(1000);
  std::promise<void> gate;
  std::promise<void> end;
  // Of the listings' thread, as long as the manager lives.
  bool ended = false;
  std::vector<std::string> answered;  // Before the end.
  const auto answer = [&](const char* user) {
    if (!ended) answered.emplace_back(user);
  };
  const auto list = [this](uint32_t uid, const std::function<void()>& done) {
    auto listing =
        JobListing::Make(std::make_shared<const Principal>(Who(uid)), nullptr, {},
                         [done](const absl::StatusOr<v1::ListJobsResponse>&) { done(); });
    manager_->ListJobs(*listing);
  };
  list(kAlice, [&gate] { gate.get_future().wait_for(std::chrono::seconds(10)); });
  for (int i = 0; i < 50; ++i) list(kAlice, [&answer] { answer("alice"); });
  list(kBob, [&answer] { answer("bob"); });
  list(0, [&] {
    ended = true;
    end.set_value();
  });
  // All of them have been asked for, and nothing else waits for them.
  Report(Final(Launch(kBob, Spec()), 0));
  EXPECT_TRUE(answers_.back().ok());
  gate.set_value();
  end.get_future().wait();
  manager_.reset();
  EXPECT_THAT(answered, SizeIs(Lt(5u)));
  EXPECT_THAT(answered, Contains("bob"));
}

TEST_F(JobListingTest, FiltersGoByStateOwnerAndLabelsOfEndedJobsToo) {
  v1::LaunchSpec spec = Spec();
  (*spec.mutable_labels())["team"] = "red";
  const std::string red = Launch(kAlice, spec);
  Launch(kAlice, Spec());
  Launch(kBob, spec);
  Report(Final(red, 0));
  for (const bool restarted : {false, true}) {
    if (restarted) Start();
    v1::ListJobsRequest request;
    (*request.mutable_filter()->mutable_labels())["team"] = "red";
    EXPECT_THAT(Ids(Pages(0, request)), SizeIs(2));
    request.mutable_filter()->set_owner(absl::StrCat(kAlice));
    EXPECT_EQ(Ids(Pages(0, request)), std::multiset<std::string>{red});
    request.mutable_filter()->add_states(v1::RUNNING);
    EXPECT_THAT(Ids(Pages(0, request)), IsEmpty());
    request.mutable_filter()->add_states(v1::FINISHED);
    EXPECT_EQ(Ids(Pages(0, request)), std::multiset<std::string>{red});
    request.mutable_filter()->clear_states();
    request.mutable_filter()->add_states(static_cast<v1::JobState>(77));
    EXPECT_THAT(Ids(Pages(0, request)), IsEmpty()) << "no job is in a state nobody knows";
  }
}

}  // namespace
}  // namespace proctor
