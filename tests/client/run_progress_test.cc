#include "client/run_progress.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

class RunProgressTest : public testing::Test {
 protected:
  RunProgressTest() {
    callbacks_.on_launched = [this](const v1::LaunchResponse&) { ++launched_; };
    callbacks_.on_output = [this](const v1::OutputChunk& chunk) {
      (chunk.stream() == v1::STDERR ? stderr_ : stdout_) += chunk.data();
    };
    callbacks_.on_main_exited = [this](const v1::ExitRecord&) { ++main_exited_; };
  }

  absl::Status Launch(const std::string& job_id) {
    v1::RunResponse response;
    response.mutable_launched()->set_job_id(job_id);
    return progress_.Accept(&response);
  }
  absl::Status Output(v1::OutputStream stream, uint64_t offset, const std::string& data) {
    v1::RunResponse response;
    response.mutable_output()->set_stream(stream);
    response.mutable_output()->set_offset(offset);
    response.mutable_output()->set_data(data);
    return progress_.Accept(&response);
  }

  RunCallbacks callbacks_;
  RunProgress progress_{callbacks_};
  int launched_ = 0;
  int main_exited_ = 0;
  std::string stdout_;
  std::string stderr_;
};

TEST_F(RunProgressTest, TellsEachThingOnce) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    ASSERT_TRUE(Launch("job").ok());
    ASSERT_TRUE(Output(v1::STDOUT, 0, "out").ok());
    ASSERT_TRUE(Output(v1::STDERR, 0, "error").ok());
    v1::RunResponse response;
    response.mutable_main_exited();
    ASSERT_TRUE(progress_.Accept(&response).ok());
  }
  EXPECT_EQ(launched_, 1);
  EXPECT_EQ(main_exited_, 1);
  EXPECT_EQ(stdout_, "out");
  EXPECT_EQ(stderr_, "error");
}

TEST_F(RunProgressTest, ResumesAtTheBytesReached) {
  ASSERT_TRUE(Output(v1::STDOUT, 0, "abc").ok());
  ASSERT_TRUE(Output(v1::STDERR, 0, "defgh").ok());
  v1::RunRequest request;
  progress_.FillOffsets(&request);
  EXPECT_EQ(request.stdout_offset(), 3u);
  EXPECT_EQ(request.stderr_offset(), 5u);
}

TEST_F(RunProgressTest, AnotherJobIsNotTheSameRun) {
  ASSERT_TRUE(Launch("first").ok());
  EXPECT_EQ(Launch("second").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(progress_.job_id(), "first");
  EXPECT_EQ(launched_, 1);
}

TEST_F(RunProgressTest, MissingOutputIsDataLoss) {
  EXPECT_EQ(Output(v1::STDOUT, 1, "x").code(), absl::StatusCode::kDataLoss);
}

TEST_F(RunProgressTest, IgnoresEventsOfANewerAgent) {
  v1::RunResponse response;
  EXPECT_TRUE(progress_.Accept(&response).ok());
  EXPECT_FALSE(progress_.finished().has_value());
}

}  // namespace
}  // namespace proctor
