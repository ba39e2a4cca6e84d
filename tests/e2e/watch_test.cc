// Events in order, lists by page and filter.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/e2e/agent_fixture.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kDeadline = absl::Seconds(30);

void Delete(AgentClient& client, const std::string& id) {
  v1::DeleteJobRequest remove;
  remove.set_job_id(id);
  Must(client.DeleteJob(remove));
}

// Watches from now on; does `work` once the watch stands; returns what was seen until an event for
// which `last` is true.
std::vector<v1::WatchJobsResponse> Watch(
    AgentClient& client, v1::WatchJobsRequest request, const std::function<void()>& work,
    const std::function<bool(const v1::WatchJobsResponse&)>& last) {
  std::vector<v1::WatchJobsResponse> events;
  std::thread worker;
  CallOptions options;
  options.deadline = kDeadline;
  const absl::Status status = client.WatchJobs(
      request,
      [&](const v1::WatchJobsResponse& event) {
        if (event.kind() == v1::WatchJobsResponse::WATCHING) {
          if (work && !worker.joinable()) worker = std::thread(work);
          return true;
        }
        events.push_back(event);
        return !last(event);
      },
      options);
  if (worker.joinable()) worker.join();
  EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kCancelled) << status;
  return events;
}

bool IsDeleted(const v1::WatchJobsResponse& event) {
  return event.kind() == v1::WatchJobsResponse::JOB_DELETED;
}

class WatchTest : public AgentTest {};

TEST_F(WatchTest, AJobsEventsComeInTheirOrder) {
  StartAgent();
  DoAsUser([this](AgentClient& client) {
    std::string id;
    const std::vector<v1::WatchJobsResponse> events = Watch(
        client, {},
        [&] {
          id = Launch(client, Spec("exit_with", {"3"})).job_id();
          WaitFinal(client, id);
          Delete(client, id);
        },
        IsDeleted);
    std::vector<int> kinds;
    for (size_t i = 0; i < events.size(); ++i) {
      kinds.push_back(events[i].kind());
      EXPECT_EQ(events[i].job_id(), id);
      EXPECT_EQ(events[i].owner().posix().uid(), user().uid);
      if (i > 0) {
        EXPECT_GT(events[i].sequence(), events[i - 1].sequence());
      }
    }
    ASSERT_THAT(
        kinds,
        ElementsAre(v1::WatchJobsResponse::JOB_CREATED, v1::WatchJobsResponse::JOB_STARTED,
                    v1::WatchJobsResponse::JOB_MAIN_EXITED, v1::WatchJobsResponse::JOB_FINISHED,
                    v1::WatchJobsResponse::JOB_DELETED));
    EXPECT_EQ(events[2].exit().exit_code(), 3);
    EXPECT_TRUE(events[3].exit().final());
  });
}

TEST_F(WatchTest, NobodySeesEventsOfAStranger) {
  if (!IsRoot()) GTEST_SKIP() << "needs root, to make accounts";
  StartAgent();
  auto stranger = Begin(other_user(), [this](AgentClient& client) {
    const std::vector<v1::WatchJobsResponse> events = Watch(
        client, {},
        [&] {
          // The user's job comes and goes while this watch stands; then one of one's own.
          Require(Eventually([this] { return !ReadFile(Shared("done")).empty(); }), "no job");
          const std::string id = Launch(client, Spec("exit_with")).job_id();
          WaitFinal(client, id);
          Delete(client, id);
        },
        IsDeleted);
    std::set<uint32_t> owners;
    for (const v1::WatchJobsResponse& event : events) owners.insert(event.owner().posix().uid());
    EXPECT_THAT(owners, ElementsAre(other_user().uid));
    return std::string();
  });
  DoAsUser([this](AgentClient& client) {
    const std::string id = Launch(client, Spec("exit_with")).job_id();
    WaitFinal(client, id);
    Delete(client, id);
    Require(::system(absl::StrCat("echo done > ", Shared("done")).c_str()) == 0, "echo");
  });
  stranger->Join();
}

TEST_F(WatchTest, AWatchIsTakenUpAfterAnyEventThatIsHeld) {
  StartAgent();
  DoAsUser([this](AgentClient& client) {
    const auto launch = [&] {
      const std::string id = Launch(client, Spec("exit_with")).job_id();
      WaitFinal(client, id);
      Delete(client, id);
    };
    const std::vector<v1::WatchJobsResponse> all = Watch(client, {}, launch, IsDeleted);
    Require(all.size() == 5, "no events");
    for (size_t from = 0; from < 4; ++from) {
      v1::WatchJobsRequest request;
      request.set_after_sequence(all[from].sequence());
      request.set_agent_life(all[from].agent_life());
      const std::vector<v1::WatchJobsResponse> rest = Watch(client, request, nullptr, IsDeleted);
      ASSERT_THAT(rest, SizeIs(4 - from));
      EXPECT_EQ(rest[0].sequence(), all[from + 1].sequence());
    }
  });
}

TEST_F(WatchTest, AnEventThatIsNoLongerHeldIsOutOfRange) {
  AgentSetup setup;
  setup.config = "event_ring_size: 8";
  StartAgent(setup);
  DoAsUser([this](AgentClient& client) {
    const auto launch = [&] {
      const std::string id = Launch(client, Spec("exit_with")).job_id();
      WaitFinal(client, id);
      Delete(client, id);
    };
    const std::vector<v1::WatchJobsResponse> all = Watch(client, {}, launch, IsDeleted);
    for (int i = 0; i < 3; ++i) launch();
    v1::WatchJobsRequest request;
    request.set_after_sequence(all[0].sequence());
    request.set_agent_life(all[0].agent_life());
    const auto none = [](const v1::WatchJobsResponse&) { return true; };
    CallOptions options;
    options.deadline = kDeadline;
    EXPECT_EQ(client.WatchJobs(request, none, options).code(), absl::StatusCode::kOutOfRange);
    request.set_after_sequence(1'000'000);
    EXPECT_EQ(client.WatchJobs(request, none, options).code(), absl::StatusCode::kOutOfRange);
    request.set_after_sequence(all[4].sequence());
    request.set_agent_life("of another agent");
    EXPECT_EQ(client.WatchJobs(request, none, options).code(), absl::StatusCode::kOutOfRange);
  });
}

TEST_F(WatchTest, AWatchOfLabelsSeesOnlyThose) {
  StartAgent();
  DoAsUser([this](AgentClient& client) {
    v1::WatchJobsRequest request;
    (*request.mutable_filter()->mutable_labels())["suite"] = "b";
    std::string wanted;
    const std::vector<v1::WatchJobsResponse> events = Watch(
        client, request,
        [&] {
          for (const char* label : {"a", "b"}) {
            v1::LaunchSpec spec = Spec("exit_with");
            (*spec.mutable_labels())["suite"] = label;
            wanted = Launch(client, spec).job_id();
            WaitFinal(client, wanted);
            Delete(client, wanted);
          }
        },
        IsDeleted);
    EXPECT_THAT(events, SizeIs(5));
    for (const v1::WatchJobsResponse& event : events) EXPECT_EQ(event.job_id(), wanted);
  });
}

TEST_F(WatchTest, ListsComeInPagesNewestFirst) {
  StartAgent();
  DoAsUser([this](AgentClient& client) {
    std::vector<std::string> launched;
    for (int i = 0; i < 25; ++i) {
      launched.insert(launched.begin(), Launch(client, Spec("exit_with")).job_id());
    }
    std::vector<std::string> listed;
    v1::ListJobsRequest request;
    request.set_page_size(10);
    int pages = 0;
    do {
      const v1::ListJobsResponse page = Must(client.ListJobs(request));
      EXPECT_LE(page.jobs_size(), 10);
      for (const v1::Job& job : page.jobs()) listed.push_back(job.job_id());
      request.set_page_token(page.next_page_token());
      ++pages;
    } while (!request.page_token().empty() && pages < 10);
    EXPECT_EQ(listed, launched);
    EXPECT_EQ(pages, 3);
  });
}

TEST_F(WatchTest, AWrongPageSizeOrTokenIsAnInvalidArgument) {
  StartAgent();
  DoAsUser([](AgentClient& client) {
    v1::ListJobsRequest request;
    request.set_page_size(-1);
    EXPECT_EQ(client.ListJobs(request).status().code(), absl::StatusCode::kInvalidArgument);
    request.set_page_size(1001);
    EXPECT_EQ(client.ListJobs(request).status().code(), absl::StatusCode::kInvalidArgument);
    request.set_page_size(10);
    request.set_page_token("not a token");
    EXPECT_EQ(client.ListJobs(request).status().code(), absl::StatusCode::kInvalidArgument);
  });
}

TEST_F(WatchTest, ListsFilterByStateAndLabel) {
  StartAgent();
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec running = Spec("wait_for_end");
    (*running.mutable_labels())["suite"] = "a";
    const std::string running_id = Launch(client, running).job_id();
    v1::LaunchSpec finished = Spec("exit_with");
    (*finished.mutable_labels())["suite"] = "b";
    const std::string finished_id = Launch(client, finished).job_id();
    WaitFinal(client, finished_id);
    const auto list = [&client](const v1::JobFilter& filter) {
      std::vector<std::string> ids;
      for (const v1::Job& job : Must(client.ListAllJobs(filter))) ids.push_back(job.job_id());
      return ids;
    };
    v1::JobFilter filter;
    filter.add_states(v1::RUNNING);
    EXPECT_THAT(list(filter), ElementsAre(running_id));
    filter.add_states(v1::FINISHED);
    EXPECT_THAT(list(filter), ElementsAre(finished_id, running_id));
    (*filter.mutable_labels())["suite"] = "a";
    EXPECT_THAT(list(filter), ElementsAre(running_id));
    (*filter.mutable_labels())["suite"] = "";
    EXPECT_THAT(list(filter), SizeIs(2));
    (*filter.mutable_labels())["other"] = "";
    EXPECT_THAT(list(filter), IsEmpty());
    Kill(client, running_id, absl::ZeroDuration());
  });
}

}  // namespace
}  // namespace proctor
