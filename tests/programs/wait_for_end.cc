// wait_for_end [ignore | exit CODE]: prints "ready", then waits to be ended.
//   ignore       a request to end has no effect
//   exit CODE    it makes the program exit with CODE
// It ends by itself after two minutes.

#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/programs/program.h"

namespace {

int exit_code = 0;

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments = proctor::Arguments(argc, argv);
  proctor::EndInTwoMinutes();
  const std::string mode = arguments.empty() ? "" : arguments[0];
  if (mode == "ignore") proctor::OnRequestToEnd([] {});
  if (mode == "exit" && arguments.size() > 1) {
    exit_code = std::atoi(arguments[1].c_str());
    proctor::OnRequestToEnd([] { proctor::ExitNow(exit_code); });
  }
  proctor::Print("ready\n");
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}
