#include "tests/conformance/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/e2e/eventually.h"
#include "tests/e2e/must.h"

namespace proctor {

class ChildProcess::Impl {
 public:
  Impl(const std::vector<std::string>& words, const std::string& out_file,
       const std::string& err_file) {
    constexpr int kAppend = O_WRONLY | O_CREAT | O_APPEND;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_file.c_str(), kAppend, 0666);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_file.c_str(), kAppend, 0666);
    std::vector<std::string> copies = words;
    std::vector<char*> argv;
    for (std::string& word : copies) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int error = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), ::environ);
    ::posix_spawn_file_actions_destroy(&actions);
    Require(error == 0, "posix_spawn " + words[0]);
  }
  ~Impl() { Kill(); }

  pid_t pid() const { return pid_; }

  absl::optional<int> AwaitExit(absl::Duration patience) {
    Eventually([this] { return Reap(WNOHANG); }, absl::ToChronoMilliseconds(patience));
    return code_;
  }

  void AskToEnd() const { ::kill(pid_, SIGTERM); }

  void Kill() {
    if (Reap(WNOHANG)) return;
    ::kill(pid_, SIGKILL);
    Reap(0);
  }

 private:
  bool Reap(int options) {
    int status = 0;
    if (!code_.has_value() && ::waitpid(pid_, &status, options) == pid_) {
      code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return code_.has_value();
  }

  pid_t pid_ = 0;
  absl::optional<int> code_;
};

ChildProcess::ChildProcess(const std::vector<std::string>& words, const std::string& out_file,
                           const std::string& err_file)
    : impl_(std::make_unique<Impl>(words, out_file, err_file)) {}

ChildProcess::~ChildProcess() = default;

int64_t ChildProcess::pid() const { return impl_->pid(); }

absl::optional<int> ChildProcess::AwaitExit(absl::Duration patience) {
  return impl_->AwaitExit(patience);
}

void ChildProcess::AskToEnd() { impl_->AskToEnd(); }

void ChildProcess::Kill() { impl_->Kill(); }

}  // namespace proctor
