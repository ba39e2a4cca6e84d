#include "agent/win32/console_stop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace proctor {
namespace {

// The system ends the process when the handler has returned: not before all is drained.
TEST(ConsoleStopTest, TheClosingOfTheConsoleWaitsForTheDrain) {
  std::atomic<bool> drained{false};
  bool was_drained = false;
  std::thread system([&] {
    EXPECT_TRUE(ConsoleStop::OnControl(CTRL_CLOSE_EVENT));
    was_drained = drained;
  });
  ConsoleStop::Await();
  drained = true;
  ConsoleStop::Drained();
  system.join();
  EXPECT_TRUE(was_drained);
}

}  // namespace
}  // namespace proctor
