#include "client/cli/signal_name.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace proctor::cli {
namespace {

TEST(ParseSignalNameTest, NamesAndNumbers) {
  EXPECT_EQ(ParseSignalName("TERM").value(), SIGTERM);
  EXPECT_EQ(ParseSignalName("SIGTERM").value(), SIGTERM);
  EXPECT_EQ(ParseSignalName("sigusr1").value(), SIGUSR1);
  EXPECT_EQ(ParseSignalName("9").value(), 9);
  EXPECT_EQ(ParseSignalName("64").value(), 64);
  EXPECT_EQ(ParseSignalName("RTMIN+3").value(), SIGRTMIN + 3);
  EXPECT_EQ(ParseSignalName("SIGRTMAX-1").value(), SIGRTMAX - 1);
}

TEST(ParseSignalNameTest, Refuses) {
  for (const std::string text :
       {"", "SIG", "0", "-1", "65", "NOSUCH", "RTMIN+99", "RTMIN-1", "RTMAX+1", "9x"}) {
    EXPECT_FALSE(ParseSignalName(text).ok()) << text;
  }
}

TEST(SignalNameTest, EveryNameReadsBack) {
  for (int signal = 1; signal <= 64; ++signal) {
    if (signal == 32 || signal == 33) continue;  // The C library's own: no name.
    EXPECT_EQ(ParseSignalName(SignalName(signal)).value_or(-1), signal) << SignalName(signal);
  }
  EXPECT_EQ(SignalName(SIGTERM), "SIGTERM");
  EXPECT_EQ(SignalName(99), "signal 99");
}

}  // namespace
}  // namespace proctor::cli
