#include "client/cli/program.h"

#include <windows.h>

#include <cstdlib>

#include "client/cli/win32/console_state.h"
#include "common/win32/own_arguments.h"

namespace proctor::cli {
namespace {

// Read before anything changes it, for the life of the process.
const ConsoleState* console = nullptr;

// Called after the handlers that were added later, when none of them has dealt with the event: the
// next one, the system's, ends the process.
BOOL WINAPI OnControl(DWORD) {
  console->Restore();
  return FALSE;
}

}  // namespace

void PrepareProgram() {
  console = new ConsoleState(ConsoleState::Read());
  ::SetConsoleCtrlHandler(&OnControl, TRUE);
  console->Prepare();
}

void EndProgram(int code) {
  console->Restore();
  std::_Exit(code);
}

std::vector<std::string> ProgramArguments(int, char**) { return OwnArguments(); }

}  // namespace proctor::cli
