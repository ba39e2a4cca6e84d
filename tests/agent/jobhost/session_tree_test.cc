#include "agent/jobhost/linux/session_tree.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/jobhost/linux/process_stat.h"
#include "agent/jobhost/linux/process_table.h"

namespace proctor::jobhost {
namespace {

// A child with this environment, as an orphan that the job host has taken over.
class Orphan {
 public:
  explicit Orphan(std::string entry) {
    std::vector<std::string> words = {"/bin/sleep", "1000"};
    char* const argv[] = {words[0].data(), words[1].data(), nullptr};
    char* const environment[] = {entry.empty() ? nullptr : entry.data(), nullptr};
    EXPECT_EQ(::posix_spawn(&pid_, argv[0], nullptr, nullptr, argv, environment), 0);
  }
  ~Orphan() { End(); }
  Orphan(const Orphan&) = delete;
  Orphan& operator=(const Orphan&) = delete;

  void End() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

class SessionTreeTest : public ::testing::Test {
 protected:
  std::unique_ptr<ProcessTable> processes_ = ProcessTable::Open().value();
  SessionTree tree_{"job-1", processes_.get()};
};

TEST_F(SessionTreeTest, AnOrphanIsOfTheJobWhoseIdItCarries) {
  Orphan other("PROCTOR_JOB_ID=job-2");
  EXPECT_TRUE(tree_.Empty());
  Orphan own("PROCTOR_JOB_ID=job-1");
  EXPECT_EQ(tree_.Count(), 1);
  own.End();
  EXPECT_TRUE(tree_.Empty());
}

// Else whoever makes one would delay the end of every job.
TEST_F(SessionTreeTest, AnOrphanWithoutEnvironmentIsWaitedForOnce) {
  Orphan bare("");
  const uint64_t start = ReadProcessStat(bare.pid()).value().start_time_ticks;
  EXPECT_FALSE(processes_->IsBare(bare.pid(), start));
  EXPECT_TRUE(tree_.Empty());
  EXPECT_TRUE(processes_->IsBare(bare.pid(), start));
  EXPECT_FALSE(processes_->IsBare(bare.pid(), start + 1)) << "another process of this number";
  const pid_t pid = bare.pid();
  bare.End();
  EXPECT_TRUE(tree_.Empty());
  EXPECT_FALSE(processes_->IsBare(pid, start)) << "it has ended";
}

}  // namespace
}  // namespace proctor::jobhost
