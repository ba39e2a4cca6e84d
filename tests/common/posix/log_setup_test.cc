#include "common/log_setup.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/log.h"
#include "common/unique_fd.h"

namespace proctor {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr absl::Duration kDeadline = absl::Seconds(30);

class LogSetupTest : public ::testing::Test {
 protected:
  LogSetupTest() {
    ::signal(SIGPIPE, SIG_IGN);
    char name[] = "/tmp/proctor-log-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~LogSetupTest() override {
    EndLog();
    for (const char* const name : {"/log", "/old"}) ::unlink((directory_ + name).c_str());
    ::rmdir(directory_.c_str());
  }

  LogOptions Options() const {
    LogOptions options;
    options.file = path();
    return options;
  }
  std::string path() const { return directory_ + "/log"; }

  static std::string Text(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  // The text of the log, as soon as `end` is in it.
  std::string TextWith(absl::string_view end) const {
    const absl::Time give_up = absl::Now() + kDeadline;
    std::string text;
    do {
      text = Text(path());
      if (absl::StrContains(text, end)) return text;
      ::poll(nullptr, 0, 1);
    } while (absl::Now() < give_up);
    ADD_FAILURE() << "no '" << end << "' in: " << text;
    return text;
  }

  std::string directory_;
};

// What is next to be read from `fd`, as soon as there is something.
std::string ReadOnce(int fd) {
  char bytes[65536];
  pollfd readable = {fd, POLLIN, 0};
  if (::poll(&readable, 1, static_cast<int>(absl::ToInt64Milliseconds(kDeadline))) != 1) return "";
  const ssize_t got = ::read(fd, bytes, sizeof(bytes));
  return got > 0 ? std::string(bytes, static_cast<size_t>(got)) : "";
}

// Until `end` was read.
std::string ReadUntil(int fd, absl::string_view end) {
  std::string text;
  for (std::string piece; !(piece = ReadOnce(fd)).empty();) {
    text += piece;
    if (absl::StrContains(text, end)) return text;
  }
  ADD_FAILURE() << "no '" << end << "' came";
  return text;
}

// Standard error is another file while this lives.
class StandardErrorAs {
 public:
  explicit StandardErrorAs(int fd) : before_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
    ::dup2(fd, STDERR_FILENO);
  }
  ~StandardErrorAs() { ::dup2(before_.get(), STDERR_FILENO); }

 private:
  UniqueFd before_;
};

TEST_F(LogSetupTest, ALineIsInTheFileAsSoonAsItIsLogged) {
  ASSERT_TRUE(OpenLog("test", Options()).ok());
  StartLog();
  LogInfo("one");
  EXPECT_THAT(TextWith("one"), EndsWith(" [test] [info] one\n"));
}

// A pipe in packet mode gives each write to one read: pipe(2), O_DIRECT.
TEST_F(LogSetupTest, EachLineIsAWriteOfItsOwn) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_DIRECT | O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  const StandardErrorAs error(writer.get());
  ASSERT_TRUE(OpenLog("test", LogOptions()).ok());
  for (int i = 0; i < 3; ++i) LogInfo("line ", i);
  StartLog();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(ReadOnce(reader.get()), EndsWith(absl::StrCat(" [test] [info] line ", i, "\n")));
  }
}

TEST_F(LogSetupTest, AReaderThatStopsHoldsUpNobodyAndIsToldWhatItMissed) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  const StandardErrorAs error(writer.get());
  LogOptions options;
  options.max_queued_lines = 100;
  ASSERT_TRUE(OpenLog("test", options).ok());
  StartLog();
  for (int i = 0; i < 5000; ++i) LogInfo("line ", i, " ", std::string(1000, 'x'));
  std::string text = ReadUntil(reader.get(), "lines of the log are missing here");
  LogInfo("after all");
  text += ReadUntil(reader.get(), "after all");
  EXPECT_THAT(text, HasSubstr("[info] line 0 "));
  EXPECT_THAT(text, Not(HasSubstr("[info] line 4999 ")));
  // Others' file description is as it was.
  EXPECT_EQ(::fcntl(writer.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(LogSetupTest, AReaderThatStopsDoesNotHoldUpTheEnd) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  const StandardErrorAs error(writer.get());
  ASSERT_TRUE(OpenLog("test", LogOptions()).ok());
  StartLog();
  for (int i = 0; i < 2000; ++i) LogInfo("line ", i, " ", std::string(1000, 'x'));
  EndLog();
  EXPECT_EQ(::fcntl(writer.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(LogSetupTest, AFifoNobodyReadsHoldsUpNothing) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  ASSERT_TRUE(OpenLog("test", Options()).ok());
  StartLog();
  LogInfo("kept for the reader");
  const UniqueFd reader(::open(path().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  EXPECT_THAT(ReadUntil(reader.get(), "\n"), HasSubstr("kept for the reader\n"));
}

TEST_F(LogSetupTest, ALineCutOffByItsWritersDeathIsEnded) {
  std::ofstream(path()) << "[info] whole\n[info] ha";
  ASSERT_TRUE(OpenLog("test", Options()).ok());
  StartLog();
  LogInfo("next");
  EXPECT_THAT(TextWith("next"), StartsWith("[info] whole\n[info] ha\n["));
}

TEST_F(LogSetupTest, AWholeLastLineIsLeftAsItIs) {
  std::ofstream(path()) << "[info] whole\n";
  ASSERT_TRUE(OpenLog("test", Options()).ok());
  StartLog();
  LogInfo("next");
  EXPECT_THAT(TextWith("next"), StartsWith("[info] whole\n["));
}

TEST_F(LogSetupTest, ARotatedFileIsLetGoOf) {
  ASSERT_TRUE(OpenLog("test", Options()).ok());
  StartLog();
  LogInfo("before");
  TextWith("before");
  const std::string old = directory_ + "/old";
  ASSERT_EQ(::rename(path().c_str(), old.c_str()), 0);
  ASSERT_TRUE(ReopenLog(Options()).ok());
  LogInfo("after");
  EXPECT_THAT(TextWith("after"), Not(HasSubstr("before")));
  EXPECT_THAT(Text(old), Not(HasSubstr("after")));
}

TEST_F(LogSetupTest, AFileThatCannotBeOpenedChangesNothing) {
  ASSERT_TRUE(OpenLog("test", Options()).ok());
  StartLog();
  LogOptions other = Options();
  other.file = directory_ + "/missing/log";
  EXPECT_TRUE(absl::IsNotFound(ReopenLog(other)));
  LogInfo("still here");
  TextWith("still here");
}

TEST_F(LogSetupTest, WhatWasLeftOutIsToldAfterTheWindow) {
  LogOptions options = Options();
  options.aggregation = absl::Seconds(1);
  ASSERT_TRUE(OpenLog("test", options).ok());
  StartLog();
  for (int i = 0; i < 1005; ++i) LogRepeated(LogLevel::kWarning, "refused", "uid 7", "no. ", i);
  EXPECT_THAT(TextWith("more like it"),
              AllOf(HasSubstr("[warning] no. 4\n"),
                    EndsWith("[warning] refused (uid 7): … and 1,000 more "
                             "like it in 1 s\n"),
                    Not(HasSubstr("no. 5"))));
}

TEST_F(LogSetupTest, LinesBeforeTheThreadAreKept) {
  ASSERT_TRUE(OpenLog("test", Options()).ok());
  LogInfo("early");
  EndLog();
  EXPECT_THAT(Text(path()), EndsWith("early\n"));
}

TEST_F(LogSetupTest, LevelsHaveTheirNames) {
  for (const char* const name : {"trace", "debug", "info", "warning", "error", "critical", "off"}) {
    EXPECT_TRUE(IsLogLevel(name)) << name;
  }
  EXPECT_FALSE(IsLogLevel("loud"));
  EXPECT_FALSE(IsLogLevel(""));
}

}  // namespace
}  // namespace proctor
