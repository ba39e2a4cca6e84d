#include "agent/token/posix/system_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/agent/fake_clock.h"
#include "tests/agent/job/temporary_directory.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(ParseEnvironmentFileTest, ReadsWhatPamEnvReads) {
  EXPECT_THAT(ParseEnvironmentFile("LANG=de_DE.UTF-8\n"
                                   "  export LC_ALL=\"C.UTF-8\"  # for all\n"
                                   "# PATH=/no\n"
                                   "http_proxy='http://proxy:3128/?a=b'\n"
                                   "EMPTY=\n"
                                   "TWICE=1\nTWICE=2\n"
                                   "UNEXPANDED=$HOME/x"),
              ElementsAre(Pair("EMPTY", ""), Pair("LANG", "de_DE.UTF-8"), Pair("LC_ALL", "C.UTF-8"),
                          Pair("TWICE", "2"), Pair("UNEXPANDED", "$HOME/x"),
                          Pair("http_proxy", "http://proxy:3128/?a=b")));
}

TEST(ParseEnvironmentFileTest, LeavesOutWhatIsNoVariable) {
  EXPECT_THAT(ParseEnvironmentFile("=x\nno equals sign\na-b=c\n\n#\nA B=c\nexport\nN=a\0b\n"),
              ElementsAre(Pair("N", "a")));
  EXPECT_THAT(ParseEnvironmentFile(absl::string_view("N=a\0b\n", 6)), IsEmpty());
}

class SystemEnvironmentTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_.File(name)) << text;
    return directory_.File(name);
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
};

TEST_F(SystemEnvironmentTest, ALaterFileCountsAndAMissingOneDoesNot) {
  SystemEnvironment environment(
      {Write("a", "A=1\nB=1\n"), directory_.File("missing"), Write("b", "B=2\n")}, &clock_);
  EXPECT_THAT(*environment.Read(), ElementsAre(Pair("A", "1"), Pair("B", "2")));
}

TEST_F(SystemEnvironmentTest, IsReadAgainAfterTenSeconds) {
  SystemEnvironment environment({Write("a", "A=1\n")}, &clock_);
  environment.Read();
  Write("a", "A=2\n");
  EXPECT_THAT(*environment.Read(), ElementsAre(Pair("A", "1")));
  clock_.Advance(absl::Seconds(11));
  EXPECT_THAT(*environment.Read(), ElementsAre(Pair("A", "2")));
}

TEST_F(SystemEnvironmentTest, NeitherAFifoNorAHugeFileIsRead) {
  ASSERT_EQ(::mkfifo(directory_.File("fifo").c_str(), 0600), 0);
  SystemEnvironment environment(
      {directory_.File("fifo"), Write("huge", "A=1\n" + std::string(1 << 20, '#')), "/etc"},
      &clock_);
  EXPECT_THAT(*environment.Read(), IsEmpty());
}

}  // namespace
}  // namespace proctor
