#include "client/agent_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"
#include "client/failure_detail.h"
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

v1::LaunchSpec TrueSpec() {
  v1::LaunchSpec spec;
  spec.add_argv("true");
  return spec;
}

v1::RunResponse Launched(const std::string& job_id) {
  v1::RunResponse response;
  response.mutable_launched()->set_job_id(job_id);
  return response;
}

v1::RunResponse Output(uint64_t offset, const std::string& data) {
  v1::RunResponse response;
  response.mutable_output()->set_stream(v1::STDOUT);
  response.mutable_output()->set_offset(offset);
  response.mutable_output()->set_data(data);
  return response;
}

v1::RunResponse Finished(int code) {
  v1::RunResponse response;
  response.mutable_finished()->set_reason(v1::EXITED);
  response.mutable_finished()->set_exit_code(code);
  response.mutable_finished()->set_final(true);
  return response;
}

TEST_F(AgentClientTest, ConnectRefusesAMalformedTarget) {
  ClientOptions options;
  options.target = "localhost:1";
  EXPECT_EQ(AgentClient::Connect(options).status().code(), absl::StatusCode::kInvalidArgument);
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

TEST_F(AgentClientTest, RunTellsWhatHappens) {
  agent_.on_run = [](auto*, const v1::RunRequest& request, auto* writer) {
    EXPECT_EQ(request.spec().argv(0), "true");
    writer->Write(Launched("job"));
    writer->Write(Output(0, "hello "));
    writer->Write(Output(6, "world"));
    v1::RunResponse exited;
    exited.mutable_main_exited()->set_exit_code(3);
    writer->Write(exited);
    writer->Write(Finished(3));
    return grpc::Status::OK;
  };
  agent_.Start();
  std::vector<std::string> seen;
  RunCallbacks callbacks;
  callbacks.on_launched = [&](const auto& launched) { seen.push_back(launched.job_id()); };
  callbacks.on_output = [&](const auto& chunk) { seen.push_back(chunk.data()); };
  callbacks.on_main_exited = [&](const auto&) { seen.push_back("exited"); };
  const absl::StatusOr<v1::ExitRecord> exit = Client().Run(TrueSpec(), callbacks);
  ASSERT_TRUE(exit.ok()) << exit.status();
  EXPECT_EQ(exit->exit_code(), 3);
  EXPECT_THAT(seen, ElementsAre("job", "hello ", "world", "exited"));
}

// The stream breaks after some output; the second attempt repeats a part of it.
TEST_F(AgentClientTest, RunIsTakenUpAgainWhereItBroke) {
  std::vector<v1::RunRequest> requests;
  agent_.on_get_job = [](const auto&, auto*) { return grpc::Status::OK; };
  agent_.on_run = [&](auto*, const v1::RunRequest& request, auto* writer) {
    requests.push_back(request);
    writer->Write(Launched("job"));
    if (requests.size() == 1) {
      writer->Write(Output(0, "abc"));
      return kGone;
    }
    writer->Write(Output(2, "cde"));
    writer->Write(Finished(0));
    return grpc::Status::OK;
  };
  agent_.Start();
  int launches = 0;
  std::string output;
  RunCallbacks callbacks;
  callbacks.on_launched = [&](const auto&) { ++launches; };
  callbacks.on_output = [&](const auto& chunk) { output += chunk.data(); };
  const absl::StatusOr<v1::ExitRecord> exit = Client().Run(TrueSpec(), callbacks);
  ASSERT_TRUE(exit.ok()) << exit.status();
  EXPECT_EQ(launches, 1);
  EXPECT_EQ(output, "abcde");
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_NE(requests[0].spec().request_id(), "");
  EXPECT_EQ(requests[0].spec().request_id(), requests[1].spec().request_id());
  EXPECT_EQ(requests[1].stdout_offset(), 3u);
  EXPECT_EQ(requests[1].stderr_offset(), 0u);
}

TEST_F(AgentClientTest, ALostConnectionIsNotAnExit) {
  agent_.on_get_job = [](const auto&, auto*) { return grpc::Status::OK; };
  agent_.on_run = [](auto*, const auto&, auto* writer) {
    writer->Write(Launched("job"));
    return kGone;
  };
  agent_.Start();
  ClientOptions options;
  options.retry.window = absl::ZeroDuration();
  EXPECT_EQ(Client(options).Run(TrueSpec()).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(AgentClientTest, AStreamThatEndsEarlyIsALostConnection) {
  std::atomic<int> calls = 0;
  agent_.on_get_job = [](const auto&, auto*) { return grpc::Status::OK; };
  agent_.on_run = [&calls](auto*, const auto&, auto* writer) {
    writer->Write(Launched("job"));
    if (++calls == 2) writer->Write(Finished(5));
    return grpc::Status::OK;
  };
  agent_.Start();
  EXPECT_EQ(Client().Run(TrueSpec())->exit_code(), 5);
}

// With the record gone, the same request id would start the program again.
TEST_F(AgentClientTest, RunDoesNotStartTwiceWhenTheRecordIsGone) {
  std::atomic<int> runs = 0;
  agent_.on_get_job = [](const auto&, auto*) { return grpc::Status(grpc::NOT_FOUND, "no job"); };
  agent_.on_run = [&runs](auto*, const auto&, auto* writer) {
    ++runs;
    writer->Write(Launched("job"));
    return kGone;
  };
  agent_.Start();
  EXPECT_EQ(Client().Run(TrueSpec()).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(runs, 1);
}

TEST_F(AgentClientTest, FinalRecordCountsThoughTheStatusIsLost) {
  agent_.on_run = [](auto*, const auto&, auto* writer) {
    writer->Write(Launched("job"));
    writer->Write(Finished(9));
    return kGone;
  };
  agent_.Start();
  EXPECT_EQ(Client().Run(TrueSpec())->exit_code(), 9);
}

TEST_F(AgentClientTest, CancelEndsARun) {
  agent_.on_run = [](grpc::ServerContext* context, const auto&, auto* writer) {
    writer->Write(Launched("job"));
    uint64_t offset = 0;
    while (!context->IsCancelled()) {
      if (!writer->Write(Output(offset, "x"))) break;
      ++offset;
    }
    return grpc::Status::CANCELLED;
  };
  agent_.Start();
  Cancellation cancel;
  CallOptions options;
  options.cancel = &cancel;
  RunCallbacks callbacks;
  callbacks.on_output = [&cancel](const auto&) { cancel.Cancel(); };
  EXPECT_EQ(Client().Run(TrueSpec(), callbacks, options).status().code(),
            absl::StatusCode::kCancelled);
}

TEST_F(AgentClientTest, ReadOutputResumesFromTheOffsetReached) {
  std::vector<v1::ReadOutputRequest> requests;
  agent_.on_read_output = [&](auto*, const v1::ReadOutputRequest& request, auto* writer) {
    requests.push_back(request);
    v1::ReadOutputResponse response;
    response.mutable_chunk()->set_stream(v1::STDOUT);
    response.mutable_chunk()->set_offset(request.offset());
    response.mutable_chunk()->set_data(requests.size() == 1 ? "abc" : "defg");
    writer->Write(response);
    if (requests.size() == 1) return kGone;
    v1::ReadOutputResponse last;
    last.set_complete(true);
    last.mutable_usage()->set_bytes_kept(17);
    writer->Write(last);
    return grpc::Status::OK;
  };
  agent_.Start();
  v1::ReadOutputRequest request;
  request.set_offset(10);
  request.set_limit(7);
  std::string data;
  const absl::StatusOr<v1::StreamUsage> usage =
      Client().ReadOutput(request, [&data](const v1::OutputChunk& chunk) {
        data += chunk.data();
        return true;
      });
  ASSERT_TRUE(usage.ok()) << usage.status();
  EXPECT_EQ(usage->bytes_kept(), 17u);
  EXPECT_EQ(data, "abcdefg");
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[1].offset(), 13u);
  EXPECT_EQ(requests[1].limit(), 4u);
}

TEST_F(AgentClientTest, ReadOutputStopsWhenTheCallbackSaysSo) {
  agent_.on_read_output = [](grpc::ServerContext*, const auto&, auto* writer) {
    v1::ReadOutputResponse response;
    response.mutable_chunk()->set_data("x");
    while (writer->Write(response)) {
      response.mutable_chunk()->set_offset(response.chunk().offset() + 1);
    }
    return grpc::Status::OK;
  };
  agent_.Start();
  int chunks = 0;
  EXPECT_TRUE(Client().ReadOutput({}, [&chunks](const auto&) { return ++chunks < 3; }).ok());
  EXPECT_EQ(chunks, 3);
}

TEST_F(AgentClientTest, WatchIsTakenUpAfterTheLastEvent) {
  std::vector<v1::WatchJobsRequest> requests;
  agent_.on_watch_jobs = [&](auto*, const v1::WatchJobsRequest& request, auto* writer) {
    requests.push_back(request);
    v1::WatchJobsResponse event;
    event.set_agent_life("life");
    event.set_sequence(request.after_sequence());
    event.set_kind(v1::WatchJobsResponse::WATCHING);
    writer->Write(event);
    event.set_kind(v1::WatchJobsResponse::JOB_CREATED);
    event.set_sequence(request.after_sequence() + 1);
    writer->Write(event);
    return kGone;
  };
  agent_.Start();
  std::vector<int> seen;
  EXPECT_TRUE(Client()
                  .WatchJobs({},
                             [&seen](const v1::WatchJobsResponse& event) {
                               seen.push_back(static_cast<int>(event.sequence()));
                               return event.sequence() < 3;
                             })
                  .ok());
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3));
  ASSERT_GE(requests.size(), 2u);
  EXPECT_EQ(requests[1].after_sequence(), 1u);
  EXPECT_EQ(requests[1].agent_life(), "life");
}

TEST_F(AgentClientTest, WatchReportsThatEventsAreGone) {
  agent_.on_watch_jobs = [](auto*, const auto&, auto*) {
    return grpc::Status(grpc::OUT_OF_RANGE, "list, then watch");
  };
  agent_.Start();
  EXPECT_EQ(Client().WatchJobs({}, [](const auto&) { return true; }).code(),
            absl::StatusCode::kOutOfRange);
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
