#include "client/cli/password_prompt.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "client/cli/standard_streams.h"
#include "common/erase_secret.h"
#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor::cli {
namespace {

constexpr size_t kMaxPassword = 4096;
constexpr char kInterrupt = 3;  // Ctrl-C
constexpr char kEndOfFile = 4;  // Ctrl-D
constexpr char kBackspace = 8;  // Ctrl-H
constexpr char kKillLine = 21;  // Ctrl-U
constexpr char kDelete = 127;

// The terminal shows nothing and makes nothing of what is typed, while this lives: Ctrl-C then is a
// character, and the terminal is never left without its echo.
class SilentTerminal {
 public:
  explicit SilentTerminal(int fd) : fd_(fd), known_(::tcgetattr(fd, &before_) == 0) {
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    known_ = known_ && ::tcsetattr(fd, TCSAFLUSH, &silent) == 0;
  }
  ~SilentTerminal() {
    if (known_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  bool silent() const { return known_; }

 private:
  const int fd_;
  termios before_ = {};
  bool known_;
};

// Takes back the last character, which may have several bytes in UTF-8.
void Shorten(std::string* line) {
  while (!line->empty()) {
    const char last = line->back();
    line->back() = '\0';
    line->pop_back();
    if ((static_cast<unsigned char>(last) & 0xC0) != 0x80) return;
  }
}

absl::Status ReadLine(int fd, std::string* line) {
  line->reserve(kMaxPassword);  // Not to be copied about as it grows.
  while (true) {
    char typed = 0;
    const ssize_t got = ::read(fd, &typed, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return OsErrorStatus("read", errno, "/dev/tty");
    if (got == 0 || typed == '\n' || typed == '\r' || typed == kEndOfFile) return absl::OkStatus();
    if (typed == kInterrupt) return absl::CancelledError("no password was given");
    if (typed == kBackspace || typed == kDelete) {
      Shorten(line);
    } else if (typed == kKillLine) {
      EraseSecret(line);
      line->reserve(kMaxPassword);
    } else if (line->size() < kMaxPassword) {
      line->push_back(typed);
    }
  }
}

}  // namespace

absl::StatusOr<SecretBytes> PromptPassword(absl::string_view prompt) {
  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.valid()) {
    return absl::FailedPreconditionError(
        "there is no terminal to ask for the password: use --password-file");
  }
  const SilentTerminal silence(terminal.get());
  if (!silence.silent()) return OsErrorStatus("tcsetattr", errno, "/dev/tty");
  if (absl::Status asked = WriteAll(terminal.get(), prompt); !asked.ok()) return asked;
  std::string line;
  const absl::Status read = ReadLine(terminal.get(), &line);
  SecretBytes password(std::move(line));
  WriteAll(terminal.get(), "\n").IgnoreError();
  if (!read.ok()) return read;
  return password;
}

}  // namespace proctor::cli
