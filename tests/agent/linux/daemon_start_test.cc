// Which agents may not start beside one that runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/daemon.h"
#include "agent/linux/state_directory.h"
#include "common/posix/socket_lock.h"
#include "tests/agent/job/temporary_directory.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class DaemonStartTest : public ::testing::Test {
 protected:
  DaemonStartTest() {
    ::mkdir(directory_.File("run").c_str(), 0755);
    config_.set_socket(directory_.File("run/agent.sock"));
    config_.set_state_directory(directory_.File("state"));
    // One that would be started if it came so far: it ends at once.
    config_.mutable_job_host()->set_program("/bin/false");
  }

  absl::Status Start() { return Daemon::Start(config_, CapabilitySet(0), 1024).status(); }

  std::vector<std::string> Files(const std::string& name) const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.File(name))) {
      files.push_back(entry.path().filename().string());
    }
    return files;
  }

  TemporaryDirectory directory_;
  config::AgentConfig config_;
};

TEST_F(DaemonStartTest, OneOnAnothersStateDirectoryIsRefusedBeforeItTouchesAnything) {
  const auto other = StateDirectory::Open(config_.state_directory());
  ASSERT_TRUE(other.ok()) << other.status();
  const absl::Status refused = Start();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("another proctord holds"));
  EXPECT_THAT(Files("run"), IsEmpty());
  EXPECT_THAT(Files("state"), UnorderedElementsAre("lock", "spool"));
}

TEST_F(DaemonStartTest, OneOnAnothersSocketIsRefusedBeforeItTouchesAnything) {
  const auto other = LockSocketPath(config_.socket());
  ASSERT_TRUE(other.ok()) << other.status();
  const absl::Status refused = Start();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("agent.sock"));
  EXPECT_THAT(Files("run"), UnorderedElementsAre("agent.sock.lock"));
  EXPECT_THAT(Files("state"), UnorderedElementsAre("lock", "spool"));
}

// With a socket and a state directory of its own it would still take the other's job host, and with
// it the other's jobs.
TEST_F(DaemonStartTest, OneOnAnothersJobHostIsRefusedBeforeItTouchesAnything) {
  const auto other = LockSocketUse(directory_.File("run/jobhost.sock"));
  ASSERT_TRUE(other.ok()) << other.status();
  const absl::Status refused = Start();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("another process uses"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("jobhost.sock"));
  EXPECT_THAT(Files("run"), UnorderedElementsAre("agent.sock.lock", "jobhost.sock.user.lock"));
  EXPECT_THAT(Files("state"), UnorderedElementsAre("lock", "spool"));
}

}  // namespace
}  // namespace proctor
