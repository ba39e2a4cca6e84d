// wait_for_event COUNT stay|leave EVENT: starts COUNT processes that wait for the named event,
// prints "ready", and waits as well or ends. wait_for_event wait EVENT: one of them. Prints "ready"
// when it is not one's child. Everybody ends after two minutes.
#include <windows.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr DWORD kPatienceMs = 120 * 1000;

int Wait(const char* name) {
  const HANDLE event = ::OpenEventA(SYNCHRONIZE, FALSE, name);
  if (event == nullptr) return 4;
  return ::WaitForSingleObject(event, kPatienceMs) == WAIT_OBJECT_0 ? 0 : 5;
}

bool StartOne(const char* program, const char* event) {
  std::string command_line = std::string("\"") + program + "\" wait " + event;
  STARTUPINFOA startup = {};
  startup.cb = sizeof(startup);
  PROCESS_INFORMATION information = {};
  if (!::CreateProcessA(nullptr, command_line.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr,
                        &startup, &information)) {
    return false;
  }
  ::CloseHandle(information.hThread);
  ::CloseHandle(information.hProcess);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) return Wait(argv[2]);
  if (argc != 4) return 2;
  const int count = std::atoi(argv[1]);
  for (int i = 0; i < count; ++i) {
    if (!StartOne(argv[0], argv[3])) return 3;
  }
  // Not printf, which would write two bytes for the end of a line.
  DWORD written;
  if (!::WriteFile(::GetStdHandle(STD_OUTPUT_HANDLE), "ready\n", 6, &written, nullptr)) return 3;
  return std::strcmp(argv[2], "stay") == 0 ? Wait(argv[3]) : 0;
}
