// The streaming calls: Run, ReadOutput, WatchJobs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "client/agent_client.h"
#include "client/failure_detail.h"
#include "tests/client/fake_agent.h"

namespace proctor {
namespace {

using testing::ElementsAre;

const grpc::Status kGone(grpc::UNAVAILABLE, "gone");
const grpc::Status kEndedForRoom(grpc::RESOURCE_EXHAUSTED,
                                 "Received RST_STREAM with error code 11");

class AgentClientStreamsTest : public testing::Test {
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

TEST_F(AgentClientStreamsTest, RunTellsWhatHappens) {
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
TEST_F(AgentClientStreamsTest, RunIsTakenUpAgainWhereItBroke) {
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

TEST_F(AgentClientStreamsTest, ALostConnectionIsNotAnExit) {
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

TEST_F(AgentClientStreamsTest, AStreamThatEndsEarlyIsALostConnection) {
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

TEST_F(AgentClientStreamsTest, ARunThatWasEndedForWantOfRoomIsNotRepeated) {
  std::atomic<int> runs = 0;
  agent_.on_run = [&runs](auto*, const auto&, auto*) {
    ++runs;
    return kEndedForRoom;
  };
  agent_.Start();
  v1::LaunchSpec at_once = TrueSpec();
  at_once.mutable_on_caller_gone()->set_action(v1::OnCallerGone::KILL);
  at_once.mutable_on_caller_gone()->mutable_after();
  for (const v1::LaunchSpec& spec : {TrueSpec(), at_once}) {
    runs = 0;
    const absl::Status status = Client().Run(spec).status();
    EXPECT_EQ(GetFailureDetail(status)->subject(), "max_buffered_bytes_per_user") << status;
    EXPECT_EQ(runs, 1);
  }
}

TEST_F(AgentClientStreamsTest, ARunThatWasEndedForWantOfRoomIsRepeatedWhereItsJobGoesOn) {
  std::atomic<int> runs = 0;
  agent_.on_run = [&runs](auto*, const auto&, auto* writer) {
    if (++runs == 1) return kEndedForRoom;
    writer->Write(Launched("job"));
    writer->Write(Finished(5));
    return grpc::Status::OK;
  };
  agent_.Start();
  v1::LaunchSpec kept = TrueSpec();
  kept.mutable_on_caller_gone()->set_action(v1::OnCallerGone::KEEP);
  v1::LaunchSpec killed_later = TrueSpec();
  killed_later.mutable_on_caller_gone()->mutable_after()->set_seconds(5);
  for (const v1::LaunchSpec& spec : {kept, killed_later}) {
    runs = 0;
    const absl::StatusOr<v1::ExitRecord> exit = Client().Run(spec);
    ASSERT_TRUE(exit.ok()) << exit.status();
    EXPECT_EQ(exit->exit_code(), 5);
  }
}

// With the record gone, the same request id would start the program again.
TEST_F(AgentClientStreamsTest, RunDoesNotStartTwiceWhenTheRecordIsGone) {
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

// Only what is new counts as hearing of the agent; otherwise this would never end.
TEST_F(AgentClientStreamsTest, AnAgentThatRepeatsItselfIsGivenUp) {
  agent_.on_get_job = [](const auto&, auto*) { return grpc::Status::OK; };
  agent_.on_run = [](auto*, const auto&, auto* writer) {
    writer->Write(Launched("job"));
    return FakeAgent::Failure(grpc::UNAVAILABLE, "draining", {});
  };
  agent_.Start();
  ClientOptions options;
  options.retry.window = absl::Milliseconds(200);
  EXPECT_EQ(Client(options).Run(TrueSpec()).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(AgentClientStreamsTest, FinalRecordCountsThoughTheStatusIsLost) {
  agent_.on_run = [](auto*, const auto&, auto* writer) {
    writer->Write(Launched("job"));
    writer->Write(Finished(9));
    return kGone;
  };
  agent_.Start();
  EXPECT_EQ(Client().Run(TrueSpec())->exit_code(), 9);
}

TEST_F(AgentClientStreamsTest, CancelEndsARun) {
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

TEST_F(AgentClientStreamsTest, ReadOutputResumesFromTheOffsetReached) {
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

TEST_F(AgentClientStreamsTest, ReadOutputStopsWhenTheCallbackSaysSo) {
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

TEST_F(AgentClientStreamsTest, WatchIsTakenUpAfterTheLastEvent) {
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

TEST_F(AgentClientStreamsTest, AWatchGoesOnWithTheNextLifeOfTheAgent) {
  std::vector<v1::WatchJobsRequest> requests;
  agent_.on_describe_agent = [](const auto&, v1::DescribeAgentResponse* response) {
    response->set_agent_life("second");
    return grpc::Status::OK;
  };
  agent_.on_watch_jobs = [&](auto*, const v1::WatchJobsRequest& request, auto* writer) {
    requests.push_back(request);
    if (request.agent_life() == "first") return grpc::Status(grpc::OUT_OF_RANGE, "restarted");
    v1::WatchJobsResponse event;
    event.set_agent_life(requests.size() == 1 ? "first" : "second");
    event.set_sequence(requests.size() == 1 ? 7 : 0);
    event.set_kind(v1::WatchJobsResponse::WATCHING);
    writer->Write(event);
    if (requests.size() == 1) return kGone;
    event.set_kind(v1::WatchJobsResponse::JOB_FINISHED);
    event.set_sequence(1);
    writer->Write(event);
    return grpc::Status::OK;
  };
  agent_.Start();
  std::vector<std::pair<v1::WatchJobsResponse::Kind, std::string>> seen;
  EXPECT_TRUE(Client()
                  .WatchJobs({},
                             [&seen](const v1::WatchJobsResponse& event) {
                               seen.emplace_back(event.kind(), event.agent_life());
                               return event.kind() == v1::WatchJobsResponse::WATCHING;
                             })
                  .ok());
  EXPECT_THAT(seen, ElementsAre(std::make_pair(v1::WatchJobsResponse::WATCHING, "first"),
                                std::make_pair(v1::WatchJobsResponse::WATCHING, "second"),
                                std::make_pair(v1::WatchJobsResponse::JOB_FINISHED, "second")));
  EXPECT_EQ(requests.back().agent_life(), "second");
  EXPECT_EQ(requests.back().after_sequence(), 0u);
}

TEST_F(AgentClientStreamsTest, AStreamThatIsResetIsTakenUpAgain) {
  int calls = 0;
  agent_.on_read_output = [&calls](auto*, const v1::ReadOutputRequest& request, auto* writer) {
    v1::ReadOutputResponse response;
    response.mutable_chunk()->set_offset(request.offset());
    response.mutable_chunk()->set_data("x");
    writer->Write(response);
    // What a stream ends with that gRPC resets while the agent stops.
    return ++calls == 1 ? grpc::Status::CANCELLED : grpc::Status::OK;
  };
  agent_.Start();
  std::string output;
  const auto append = [&output](const v1::OutputChunk& chunk) {
    output += chunk.data();
    return true;
  };
  const absl::Status status = Client().ReadOutput({}, append).status();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(output, "xx");
}

TEST_F(AgentClientStreamsTest, WatchReportsThatEventsAreGone) {
  agent_.on_watch_jobs = [](auto*, const auto&, auto*) {
    return grpc::Status(grpc::OUT_OF_RANGE, "list, then watch");
  };
  agent_.Start();
  EXPECT_EQ(Client().WatchJobs({}, [](const auto&) { return true; }).code(),
            absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace proctor
