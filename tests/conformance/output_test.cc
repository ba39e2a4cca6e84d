// What a job prints is kept exactly, within its bound, and read by offset.

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/conformance/conformance_test.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/must.h"
#include "tests/e2e/pattern.h"

namespace proctor {
namespace {

std::string PatternText(size_t bytes) {
  std::string text(bytes, '\0');
  Pattern().Fill(text.data(), bytes);
  return text;
}

class OutputTest : public ConformanceTest {
 protected:
  v1::LaunchSpec PatternSpec(uint64_t bytes, uint64_t limit) {
    v1::LaunchSpec spec = Spec("write_pattern", {absl::StrCat(bytes)});
    spec.mutable_standard_output()->mutable_spool()->set_limit_bytes(limit);
    return spec;
  }

  std::string Read(const std::string& job_id, uint64_t offset, uint64_t limit) {
    v1::ReadOutputRequest request;
    request.set_job_id(job_id);
    request.set_stream(v1::STDOUT);
    request.set_offset(offset);
    request.set_limit(limit);
    std::string output;
    Must(client()
             .ReadOutput(request,
                         [&output](const v1::OutputChunk& chunk) {
                           output += chunk.data();
                           return true;
                         })
             .status());
    return output;
  }

  // Whether the spool holds anything of the job.
  bool IsSpooled(const std::string& job_id) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(agent().spool_directory())) {
      if (entry.path().filename().string().find(job_id) != std::string::npos) return true;
    }
    return false;
  }
};

TEST_F(OutputTest, TheBoundIsExactAndSoIsTheCountOfWhatWasDropped) {
  for (const uint64_t limit : {0, 1, 999, 1000, 1001, 4096, 65536}) {
    const std::string id = Launch(client(), PatternSpec(1000, limit)).job_id();
    const v1::ExitRecord exit = WaitFinal(client(), id);
    const uint64_t kept = std::min<uint64_t>(limit, 1000);
    EXPECT_EQ(exit.exit_code(), 0) << limit;
    EXPECT_EQ(exit.standard_output().bytes_kept(), kept) << limit;
    EXPECT_EQ(exit.standard_output().bytes_dropped(), 1000 - kept) << limit;
    EXPECT_EQ(exit.standard_output().drop_reason(),
              kept < 1000 ? v1::SPOOL_LIMIT : v1::DROP_REASON_UNSPECIFIED)
        << limit;
    EXPECT_TRUE(Output(client(), id) == PatternText(1000).substr(0, kept)) << limit;
  }
}

TEST_F(OutputTest, FarBeyondTheBoundTheJobStillEndsNormally) {
  const std::string id = Launch(client(), PatternSpec(50'000'000, 100'000)).job_id();
  const v1::ExitRecord exit = WaitFinal(client(), id);
  EXPECT_EQ(exit.exit_code(), 0);
  EXPECT_EQ(exit.standard_output().bytes_kept(), 100'000u);
  EXPECT_EQ(exit.standard_output().bytes_dropped(), 49'900'000u);
  EXPECT_TRUE(Output(client(), id) == PatternText(100'000));
}

TEST_F(OutputTest, StandardOutputAndErrorAreApartUnlessMerged) {
  v1::LaunchSpec spec = Spec("say", {"out", "out", "err", "err", "out", "out again"});
  std::string id = Launch(client(), spec).job_id();
  WaitFinal(client(), id);
  EXPECT_EQ(Output(client(), id, v1::STDOUT), "out\nout again\n");
  EXPECT_EQ(Output(client(), id, v1::STDERR), "err\n");
  spec.mutable_standard_error()->mutable_merge();
  id = Launch(client(), spec).job_id();
  const v1::ExitRecord exit = WaitFinal(client(), id);
  EXPECT_EQ(Output(client(), id, v1::STDOUT), "out\nerr\nout again\n");
  EXPECT_EQ(exit.standard_output().bytes_kept(), 18u);
  EXPECT_FALSE(exit.has_standard_error());
}

TEST_F(OutputTest, DiscardedOutputIsNowhere) {
  v1::LaunchSpec spec = Spec("write_pattern", {"1000"});
  spec.mutable_standard_output()->mutable_discard();
  EXPECT_EQ(OutputOf(spec), "");
}

TEST_F(OutputTest, OutputIsReadByOffsetAndLimit) {
  const std::string id = Launch(client(), PatternSpec(100'000, 200'000)).job_id();
  WaitFinal(client(), id);
  const std::string all = PatternText(100'000);
  EXPECT_TRUE(Read(id, 0, 10) == all.substr(0, 10));
  EXPECT_TRUE(Read(id, 99'990, 100) == all.substr(99'990));
  EXPECT_TRUE(Read(id, 12'345, 54'321) == all.substr(12'345, 54'321));
  EXPECT_EQ(Read(id, 100'000, 0), "");
  EXPECT_EQ(Read(id, uint64_t{1} << 40, 0), "");
}

TEST_F(OutputTest, AReaderThatFollowsGetsWhatComesAndEndsWithTheJob) {
  const std::string end = File("end");
  const std::string id =
      Launch(client(), Spec("mark_launch", {File("marks"), "first", end})).job_id();
  std::string output;
  v1::ReadOutputRequest request;
  request.set_job_id(id);
  request.set_stream(v1::STDOUT);
  request.set_follow(true);
  const v1::StreamUsage usage =
      Must(client().ReadOutput(request, [&](const v1::OutputChunk& chunk) {
        output += chunk.data();
        if (output == "first\n") Touch(end);
        return true;
      }));
  EXPECT_EQ(output, "first\n");
  EXPECT_EQ(usage.bytes_kept(), 6u);
  EXPECT_TRUE(WaitFinal(client(), id).final());
}

TEST_F(OutputTest, DeletingTheRecordGivesTheSpaceBack) {
  const std::string id = Launch(client(), PatternSpec(1'000'000, 2'000'000)).job_id();
  WaitFinal(client(), id);
  EXPECT_TRUE(IsSpooled(id));
  v1::DeleteJobRequest remove;
  remove.set_job_id(id);
  Must(client().DeleteJob(remove));
  v1::GetJobRequest get;
  get.set_job_id(id);
  EXPECT_EQ(client().GetJob(get).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(Eventually([&] { return !IsSpooled(id); }));
}

TEST_F(OutputTest, ARecordWhoseRetentionEndsIsDeletedWithItsOutput) {
  // Without a request id, for the sake of which the record would stay for a minute.
  ClientOptions options;
  options.target = agent().target();
  options.make_request_id = false;
  const std::unique_ptr<AgentClient> unnamed = Must(AgentClient::Connect(options));
  v1::LaunchSpec spec = PatternSpec(1000, 1000);
  SetDuration(absl::Milliseconds(100), spec.mutable_retention());
  const std::string id = Launch(*unnamed, spec).job_id();
  WaitFinal(*unnamed, id);
  v1::GetJobRequest get;
  get.set_job_id(id);
  EXPECT_TRUE(Eventually(
      [&] { return unnamed->GetJob(get).status().code() == absl::StatusCode::kNotFound; }));
  EXPECT_TRUE(Eventually([&] { return !IsSpooled(id); }));
}

}  // namespace
}  // namespace proctor
