#ifndef PROCTOR_CLIENT_CLI_WIN32_CONSOLE_STATE_H_
#define PROCTOR_CLIENT_CLI_WIN32_CONSOLE_STATE_H_

#include <windows.h>

namespace proctor::cli {

// What a program may change about the console that it shares with others: the modes of its three
// streams and both code pages. Streams that are no console are left alone.
class ConsoleState {
 public:
  // Of the standard handles, as they are now.
  static ConsoleState Read();

  // Output in UTF-8, with escape sequences for colours where the console has them.
  void Prepare() const;
  // Everything as it was when this was read. Also on another thread.
  void Restore() const;

 private:
  struct Stream {
    HANDLE handle = nullptr;
    DWORD mode = 0;
    bool console = false;
  };

  Stream streams_[3];
  UINT input_code_page_ = 0;  // 0: there is no console.
  UINT output_code_page_ = 0;
};

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_WIN32_CONSOLE_STATE_H_
