#include "tests/conformance/test_agent.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/e2e/agent_process.h"
#include "tests/e2e/process_table.h"
#include "tests/e2e/test_directory.h"

namespace proctor {

class TestAgent::Impl {
 public:
  Impl() : agent(directory.path(), AgentSetup()) {}

  const TestDirectory directory;
  AgentProcess agent;
};

TestAgent::TestAgent() : impl_(std::make_unique<Impl>()) {}
TestAgent::~TestAgent() = default;

void TestAgent::Start() { impl_->agent.Start(); }
void TestAgent::Stop() {
  impl_->agent.Terminate();
  EXPECT_EQ(impl_->agent.AwaitExit(), 0);
}
void TestAgent::Kill() { impl_->agent.Kill(); }
void TestAgent::KillHost() { impl_->agent.KillHost(); }

int64_t TestAgent::pid() const { return impl_->agent.pid(); }
int64_t TestAgent::host_pid() const { return impl_->agent.host_pid(); }
size_t TestAgent::CountConnections() const {
  // Not its descriptors: of those, some come and go with jobs and with the journal.
  std::set<std::string> listed;
  std::ifstream table("/proc/net/unix");
  for (std::string line; std::getline(table, line);) {
    const std::vector<std::string> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (fields.size() == 8 && fields[5] == "03" && fields[7] == target()) listed.insert(fields[6]);
  }
  size_t held = 0;
  for (const auto& fd : std::filesystem::directory_iterator(absl::StrCat("/proc/", pid(), "/fd"))) {
    std::error_code closed;
    const std::string name = std::filesystem::read_symlink(fd.path(), closed).string();
    for (const std::string& inode : listed) held += name == absl::StrCat("socket:[", inode, "]");
  }
  return held;
}
const std::string& TestAgent::target() const { return impl_->agent.socket(); }

std::string TestAgent::File(const std::string& name) const {
  return impl_->directory.File("shared") + "/" + name;
}

std::string TestAgent::Program(const std::string& name) const {
  return impl_->directory.Program(name);
}

std::string TestAgent::Command() { return PROCTOR_BIN_DIR "/proctor"; }

std::string TestAgent::spool_directory() const { return impl_->agent.state_directory() + "/spool"; }

size_t CountHandles(int64_t pid) { return CountDescriptors(static_cast<pid_t>(pid)); }

}  // namespace proctor
