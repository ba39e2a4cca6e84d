#include "client/agent_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"
#include "common/failure_detail.h"
#include "tests/client/fake_agent.h"

namespace proctor {
namespace {

using testing::ElementsAre;

const grpc::Status kGone(grpc::UNAVAILABLE, "gone");

class AgentClientTest : public testing::Test {
 protected:
  AgentClient& Client(ClientOptions options = {}) {
    options.target = agent_.target();
    client_ = AgentClient::Connect(options).value();
    return *client_;
  }

  FakeAgent agent_;
  std::unique_ptr<AgentClient> client_;
};

TEST_F(AgentClientTest, ConnectRefusesAMalformedTarget) {
  ClientOptions options;
  options.target = "local host";
  EXPECT_EQ(AgentClient::Connect(options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AgentClientTest, ConnectRefusesALogonThatIsToHandCredentialsOver) {
  ClientOptions options;
  options.target = "tls:localhost:7707";
  options.logon.emplace();
  EXPECT_TRUE(AgentClient::Connect(options).ok()) << "nothing is sent yet";
  options.tls.require_delegation = true;
  EXPECT_TRUE(absl::IsInvalidArgument(AgentClient::Connect(options).status()));
}

TEST_F(AgentClientTest, AFailureCarriesItsDetail) {
  agent_.on_launch = [](const auto&, auto*) {
    v1::FailureDetail detail;
    detail.set_stage(v1::IMPERSONATE);
    detail.set_os_error_name("ENOENT");
    return FakeAgent::Failure(grpc::NOT_FOUND, "no such program", detail);
  };
  agent_.Start();
  const absl::Status status = Client().Launch({}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(GetFailureDetail(status).has_value());
  EXPECT_EQ(GetFailureDetail(status)->os_error_name(), "ENOENT");
}

TEST_F(AgentClientTest, LaunchIsRepeatedWithOneRequestId) {
  std::vector<std::string> ids;
  agent_.on_launch = [&ids](const v1::LaunchRequest& request, v1::LaunchResponse* response) {
    ids.push_back(request.spec().request_id());
    response->set_job_id("job");
    return ids.size() < 3 ? FakeAgent::Failure(grpc::UNAVAILABLE, "draining", {})
                          : grpc::Status::OK;
  };
  agent_.Start();
  EXPECT_EQ(Client().Launch({})->job_id(), "job");
  ASSERT_EQ(ids.size(), 3u);
  EXPECT_EQ(ids[0].size(), 32u);
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_EQ(ids[0], ids[2]);
}

TEST_F(AgentClientTest, LaunchWithoutRequestIdIsSentOnce) {
  std::atomic<int> calls = 0;
  agent_.on_launch = [&calls](const v1::LaunchRequest& request, auto*) {
    EXPECT_EQ(request.spec().request_id(), "");
    ++calls;
    return kGone;
  };
  agent_.Start();
  ClientOptions options;
  options.make_request_id = false;
  EXPECT_EQ(Client(options).Launch({}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls, 1);
}

TEST_F(AgentClientTest, SignalIsSentOnce) {
  std::atomic<int> calls = 0;
  agent_.on_signal = [&calls](const auto&, auto*) {
    ++calls;
    return kGone;
  };
  agent_.Start();
  EXPECT_EQ(Client().Signal({}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls, 1);
}

TEST_F(AgentClientTest, RetryWindowOfZeroIsOneAttempt) {
  std::atomic<int> calls = 0;
  agent_.on_wait = [&calls](const auto&, auto*) {
    ++calls;
    return FakeAgent::Failure(grpc::UNAVAILABLE, "draining", {});
  };
  agent_.Start();
  ClientOptions options;
  options.retry.window = absl::ZeroDuration();
  EXPECT_EQ(Client(options).Wait({}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls, 1);
}

TEST_F(AgentClientTest, AbsentAgentIsReportedAtOnce) {
  EXPECT_EQ(Client().WhoAmI().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(AgentClientTest, ConnectTimeoutWaitsForTheAgent) {
  agent_.on_who_am_i = [](const auto&, auto* response) {
    response->set_mechanism("test");
    return grpc::Status::OK;
  };
  ClientOptions options;
  options.connect_timeout = absl::Seconds(60);
  AgentClient& client = Client(options);
  // The agent starts once the client has found nobody.
  std::thread starter([this, &client] {
    ClientOptions probe;
    probe.target = agent_.target();
    EXPECT_FALSE(AgentClient::Connect(probe).value()->WhoAmI().ok());
    agent_.Start();
    (void)client;
  });
  EXPECT_EQ(client.WhoAmI()->mechanism(), "test");
  starter.join();
}

TEST_F(AgentClientTest, WaitOutlivesARestartOfTheAgent) {
  absl::Notification waiting;
  absl::Notification stopped;
  std::atomic<bool> restarted = false;
  agent_.on_wait = [&](const auto&, v1::WaitResponse* response) {
    if (!restarted) {
      waiting.Notify();
      stopped.WaitForNotification();
      return kGone;
    }
    response->mutable_exit()->set_exit_code(7);
    return grpc::Status::OK;
  };
  agent_.Start();
  std::thread restarter([&] {
    waiting.WaitForNotification();
    restarted = true;
    stopped.Notify();
    agent_.Stop();
    agent_.Start();
  });
  const absl::StatusOr<v1::WaitResponse> response = Client().Wait({});
  restarter.join();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->exit().exit_code(), 7);
}

TEST_F(AgentClientTest, DeadlineCoversTheRetries) {
  agent_.on_wait = [](const auto&, auto*) {
    return FakeAgent::Failure(grpc::UNAVAILABLE, "draining", {});
  };
  agent_.Start();
  CallOptions options;
  options.deadline = absl::Milliseconds(50);
  EXPECT_EQ(Client().Wait({}, options).status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(AgentClientTest, CancelEndsAPendingCall) {
  absl::Notification waiting;
  absl::Notification done;
  agent_.on_wait = [&](const auto&, auto*) {
    waiting.Notify();
    done.WaitForNotification();
    return grpc::Status::OK;
  };
  agent_.Start();
  Cancellation cancel;
  CallOptions options;
  options.cancel = &cancel;
  std::thread canceller([&] {
    waiting.WaitForNotification();
    cancel.Cancel();
  });
  EXPECT_EQ(Client().Wait({}, options).status().code(), absl::StatusCode::kCancelled);
  canceller.join();
  EXPECT_EQ(client_->Wait({}, options).status().code(), absl::StatusCode::kCancelled);
  done.Notify();
  agent_.Stop();  // Before `done` goes: the handler waits on it.
}

TEST_F(AgentClientTest, DeleteAfterALostAnswerIsADelete) {
  std::atomic<int> calls = 0;
  agent_.on_delete_job = [&calls](const auto&, auto*) {
    return ++calls == 1 ? FakeAgent::Failure(grpc::UNAVAILABLE, "x", {})
                        : grpc::Status(grpc::NOT_FOUND, "no such job");
  };
  agent_.Start();
  EXPECT_TRUE(Client().DeleteJob({}).ok());
  EXPECT_EQ(client_->DeleteJob({}).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(AgentClientTest, ListsPageAfterPage) {
  agent_.on_list_jobs = [](const v1::ListJobsRequest& request, v1::ListJobsResponse* response) {
    EXPECT_EQ(request.filter().owner(), "alice");
    const int page = request.page_token().empty() ? 0 : std::stoi(request.page_token());
    response->add_jobs()->set_job_id("a" + std::to_string(page));
    response->add_jobs()->set_job_id("b" + std::to_string(page));
    if (page < 2) response->set_next_page_token(std::to_string(page + 1));
    return grpc::Status::OK;
  };
  agent_.Start();
  v1::JobFilter filter;
  filter.set_owner("alice");
  EXPECT_EQ(Client().ListAllJobs(filter)->size(), 6u);
  std::vector<std::string> ids;
  EXPECT_TRUE(client_
                  ->ForEachJob(filter,
                               [&ids](const v1::Job& job) {
                                 ids.push_back(job.job_id());
                                 return ids.size() < 3;
                               })
                  .ok());
  EXPECT_THAT(ids, ElementsAre("a0", "b0", "a1"));
}

TEST_F(AgentClientTest, ManyThreadsShareAClient) {
  agent_.on_who_am_i = [](const auto&, auto*) { return grpc::Status::OK; };
  agent_.Start();
  AgentClient& client = Client();
  std::atomic<int> answers = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int call = 0; call < 20; ++call) answers += client.WhoAmI().ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answers, 160);
}

}  // namespace
}  // namespace proctor
