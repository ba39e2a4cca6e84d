// send_break PID: Ctrl-Break to everybody in the console of that process. A program of its own: a
// process can be in one console only, and its own outputs may be there.

#include <windows.h>

#include <cstdlib>

namespace {

BOOL WINAPI IgnoreEvent(DWORD) { return TRUE; }

}  // namespace

int main(int count, char** words) {
  if (count != 2) return 2;
  constexpr DWORD kWholeConsole = 0;
  ::FreeConsole();
  if (!::AttachConsole(static_cast<DWORD>(std::strtoul(words[1], nullptr, 10)))) return 3;
  ::SetConsoleCtrlHandler(nullptr, TRUE);
  ::SetConsoleCtrlHandler(&IgnoreEvent, TRUE);
  // Wine's console sends Ctrl-C only.
  if (::GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, kWholeConsole)) return 0;
  return ::GenerateConsoleCtrlEvent(CTRL_C_EVENT, kWholeConsole) ? 0 : 4;
}
