#include "client/cli/win32/console_state.h"

namespace proctor::cli {
namespace {

constexpr DWORD kStreams[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

}  // namespace

ConsoleState ConsoleState::Read() {
  ConsoleState state;
  for (int i = 0; i < 3; ++i) {
    Stream& stream = state.streams_[i];
    stream.handle = ::GetStdHandle(kStreams[i]);
    stream.console = ::GetConsoleMode(stream.handle, &stream.mode) != 0;
  }
  state.input_code_page_ = ::GetConsoleCP();
  state.output_code_page_ = ::GetConsoleOutputCP();
  return state;
}

void ConsoleState::Prepare() const {
  if (output_code_page_ != 0) ::SetConsoleOutputCP(CP_UTF8);
  for (int i = 1; i < 3; ++i) {
    const Stream& stream = streams_[i];
    if (!stream.console) continue;
    // A console before Windows 10 refuses; it then shows what it can.
    ::SetConsoleMode(stream.handle,
                     stream.mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
  }
}

void ConsoleState::Restore() const {
  for (const Stream& stream : streams_) {
    if (stream.console) ::SetConsoleMode(stream.handle, stream.mode);
  }
  if (input_code_page_ != 0) ::SetConsoleCP(input_code_page_);
  if (output_code_page_ != 0) ::SetConsoleOutputCP(output_code_page_);
}

}  // namespace proctor::cli
