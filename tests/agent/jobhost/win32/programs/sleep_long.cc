// sleep_long: prints "ready" and sleeps for two minutes. Knows nothing of console events, as most
// programs.
#include <windows.h>

int main() {
  DWORD written;
  ::WriteFile(::GetStdHandle(STD_OUTPUT_HANDLE), "ready\n", 6, &written, nullptr);
  ::Sleep(120 * 1000);
  return 5;
}
