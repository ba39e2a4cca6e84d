#ifndef PROCTOR_AGENT_WIN32_CONSOLE_STOP_H_
#define PROCTOR_AGENT_WIN32_CONSOLE_STOP_H_

#include <windows.h>

namespace proctor {

// Ctrl-C, Ctrl-Break, the closing of the console, a logoff and a shutdown, as what ends a program
// in a console. One a process.
class ConsoleStop {
 public:
  // From here on the events are this program's.
  static void Listen();
  // Waits for the first one.
  static void Await();
  // The program has ended what it did: the system may end the process.
  static void Drained();

  // The handler, called by the system on a thread of its own.
  static BOOL WINAPI OnControl(DWORD event);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_CONSOLE_STOP_H_
