// Whatever ends below a job host is reaped: main processes, and the orphans of their trees.

#include <unistd.h>

#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/agent/jobhost/host_test.h"

namespace proctor::jobhost {
namespace {

class HostReapingTest : public HostTest {
 protected:
  // The host's children, as "pid state".
  std::vector<std::string> Children() {
    std::vector<std::string> children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      // "pid (name) state parent ..."
      const std::string stat = ReadWholeFile(entry.path() / "stat");
      const size_t name_end = stat.rfind(") ");
      if (name_end == std::string::npos) continue;
      const std::vector<std::string> rest = absl::StrSplit(stat.substr(name_end + 2), ' ');
      if (rest[1] != absl::StrCat(host().pid())) continue;
      children.push_back(absl::StrCat(entry.path().filename().string(), " ", rest[0]));
    }
    return children;
  }

  void AwaitNoChildren() {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    std::vector<std::string> children;
    while (!(children = Children()).empty() && absl::Now() < deadline) {
    }
    EXPECT_EQ(children, std::vector<std::string>());
  }
};

TEST_F(HostReapingTest, NothingIsLeftOfTreesThatEndAllAtOnce) {
  StartHost();
  // Processes that end together share a SIGCHLD, main ones and orphans alike.
  const std::string gate = std::filesystem::path(host().spool_dir()).parent_path() / "gate";
  const std::string wait = absl::StrCat("until [ -e ", gate, " ]; do sleep 0.05; done");
  for (int i = 0; i < 10; ++i) {
    Launch launch = MakeShell(
        absl::StrCat(i),
        absl::StrCat("for i in 1 2 3 4 5; do (setsid sh -c '", wait, "' &); done; ", wait));
    launch.set_keep_tree(true);
    ASSERT_TRUE(client().Start(launch).ok());
  }
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(client().AwaitPhase(absl::StrCat(i), RUNNING).ok());
  }
  std::filesystem::create_directory(gate);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(client().AwaitEnd(absl::StrCat(i)).ok());
  AwaitNoChildren();
}

TEST_F(HostReapingTest, NothingIsLeftOfLaunchesThatFail) {
  StartHost();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(client().Start(MakeLaunch(absl::StrCat(i), {"/nonexistent"})).ok());
  }
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client().AwaitEnd(absl::StrCat(i)).value().phase(), LAUNCH_FAILED);
  }
  AwaitNoChildren();
}

}  // namespace
}  // namespace proctor::jobhost
