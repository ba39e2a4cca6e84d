#include "client/cli/json_text.h"

#include <gtest/gtest.h>

#include "client/failure_detail.h"
#include "proctor/v1/agent.pb.h"

namespace proctor::cli {
namespace {

TEST(JsonTextTest, OneLineAMessage) {
  v1::LaunchResponse response;
  response.set_job_id("a\"b\n");
  EXPECT_EQ(JsonLine(response), "{\"jobId\":\"a\\\"b\\n\"}\n");
}

TEST(JsonTextTest, JobIdInFront) {
  v1::KillResponse response;
  EXPECT_EQ(JsonLineWithJobId("j", response), "{\"jobId\":\"j\"}\n");
  response.set_already_finished(true);
  EXPECT_EQ(JsonLineWithJobId("j", response), "{\"jobId\":\"j\",\"alreadyFinished\":true}\n");
}

TEST(JsonTextTest, Errors) {
  absl::Status status = absl::NotFoundError("no \"x\"");
  EXPECT_EQ(JsonErrorLine(status, ""),
            "{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"no \\\"x\\\"\"}}\n");
  v1::FailureDetail detail;
  detail.set_call("execve");
  SetFailureDetail(detail, &status);
  EXPECT_EQ(JsonErrorLine(status, "j"),
            "{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"no \\\"x\\\"\",\"jobId\":\"j\","
            "\"detail\":{\"call\":\"execve\"}}}\n");
}

}  // namespace
}  // namespace proctor::cli
