#include "tests/client/cli/command_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"

extern char** environ;

namespace proctor {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Pipe MakePipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) std::abort();
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// Small inputs only: they fit the pipe before anybody reads.
UniqueFd Input(const std::string& data) {
  Pipe pipe = MakePipe();
  if (!data.empty() && ::write(pipe.write.get(), data.data(), data.size()) < 0) std::abort();
  return std::move(pipe.read);
}

}  // namespace

CommandProcess::CommandProcess(const std::string& target, const std::vector<std::string>& arguments,
                               const std::string& in, int terminal) {
  const UniqueFd input = Input(in);
  Pipe out = MakePipe();
  Pipe err = MakePipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, terminal < 0 ? err.write.get() : terminal,
                                   STDERR_FILENO);
  std::string program = PROCTOR_BIN_DIR "/proctor";
  std::string agent = "PROCTOR_AGENT=" + target;
  std::string zone = "TZ=UTC";
  std::vector<std::string> words = arguments;
  std::vector<char*> argv = {program.data()};
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<char*> environment = {agent.data(), zone.data()};
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (absl::StartsWith(*variable, "KRB5")) environment.push_back(*variable);
  }
  environment.push_back(nullptr);
  if (::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environment.data()) !=
      0) {
    std::abort();
  }
  posix_spawn_file_actions_destroy(&actions);
  out_ = std::move(out.read);
  err_ = std::move(err.read);
}

CommandProcess::~CommandProcess() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool CommandProcess::ReadByte() {
  char byte;
  ssize_t count;
  while ((count = ::read(out_.get(), &byte, 1)) < 0 && errno == EINTR) {
  }
  return count == 1;
}

std::string CommandProcess::ReadErrorUntil(const std::string& text) {
  std::string read;
  char byte;
  while (!absl::StrContains(read, text)) {
    const ssize_t count = ::read(err_.get(), &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    read += byte;
  }
  return read;
}

CommandProcess::Result CommandProcess::Finish() {
  Result result;
  std::array<char, 65536> buffer;
  while (out_.valid() || err_.valid()) {
    pollfd polled[] = {{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}};
    ::poll(polled, 2, -1);
    for (auto [fd, text, index] :
         {std::tuple{&out_, &result.out, 0}, std::tuple{&err_, &result.err, 1}}) {
      if (!fd->valid() || polled[index].revents == 0) continue;
      const ssize_t count = ::read(fd->get(), buffer.data(), buffer.size());
      if (count > 0) text->append(buffer.data(), static_cast<size_t>(count));
      if (count == 0) fd->reset();
    }
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

CommandProcess::Result CommandProcess::Run(const std::string& target,
                                           const std::vector<std::string>& arguments,
                                           const std::string& in) {
  return CommandProcess(target, arguments, in).Finish();
}

}  // namespace proctor
