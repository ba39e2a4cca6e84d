// on_break ignore|exit: prints "ready" and waits. Ctrl-Break prints "break" and ends the process
// with exit code 77 or does nothing more; Ctrl-C the same with "interrupt" and 78. Ends after two
// minutes.
#include <windows.h>

#include <cstring>

namespace {

bool exit_on_event = false;

void Print(const char* text) {
  DWORD written;
  ::WriteFile(::GetStdHandle(STD_OUTPUT_HANDLE), text, static_cast<DWORD>(std::strlen(text)),
              &written, nullptr);
}

BOOL WINAPI Handle(DWORD event) {
  Print(event == CTRL_BREAK_EVENT ? "break\n" : "interrupt\n");
  if (exit_on_event) ::ExitProcess(event == CTRL_BREAK_EVENT ? 77 : 78);
  return TRUE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  exit_on_event = std::strcmp(argv[1], "exit") == 0;
  ::SetConsoleCtrlHandler(&Handle, TRUE);
  Print("ready\n");
  ::Sleep(120 * 1000);
  return 5;
}
