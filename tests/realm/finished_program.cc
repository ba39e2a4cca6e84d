#include "tests/realm/finished_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/unique_fd.h"

extern char** environ;

namespace proctor {
namespace {

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string ReadAll(int fd) {
  std::string text;
  char buffer[4096];
  ssize_t count;
  while ((count = ::pread(fd, buffer, sizeof(buffer), static_cast<off_t>(text.size()))) > 0) {
    text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

}  // namespace

std::string FindProgram(absl::string_view name) {
  const char* path = std::getenv("PATH");
  const std::string folders = absl::StrCat(path == nullptr ? "" : path, ":/usr/sbin:/sbin");
  for (const absl::string_view folder : absl::StrSplit(folders, ':', absl::SkipEmpty())) {
    std::string file = absl::StrCat(folder, "/", name);
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

std::vector<std::string> EnvironmentWith(const ProgramEnvironment& changes) {
  std::vector<std::string> words;
  for (char** word = environ; *word != nullptr; ++word) {
    const std::string name(absl::string_view(*word).substr(0, absl::string_view(*word).find('=')));
    if (changes.count(name) == 0) words.emplace_back(*word);
  }
  for (const auto& [name, value] : changes) words.push_back(absl::StrCat(name, "=", value));
  return words;
}

absl::StatusOr<FinishedProgram> RunProgram(const std::vector<std::string>& argv,
                                           const ProgramEnvironment& environment,
                                           absl::string_view input) {
  const std::string program = absl::StrContains(argv[0], '/') ? argv[0] : FindProgram(argv[0]);
  if (program.empty()) return absl::NotFoundError(absl::StrCat("there is no program ", argv[0]));
  const UniqueFd in(::memfd_create("input", MFD_CLOEXEC));
  const UniqueFd out(::memfd_create("output", MFD_CLOEXEC));
  if (::pwrite(in.get(), input.data(), input.size(), 0) != static_cast<ssize_t>(input.size())) {
    return absl::ErrnoToStatus(errno, "memfd");
  }
  std::vector<std::string> words = argv;
  std::vector<std::string> variables = EnvironmentWith(environment);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out.get(), STDERR_FILENO);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, Pointers(words).data(),
                                  Pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::ErrnoToStatus(error, absl::StrCat("posix_spawn ", program));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return absl::ErrnoToStatus(errno, "waitpid");
  }
  FinishedProgram finished;
  finished.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  finished.output = ReadAll(out.get());
  return finished;
}

}  // namespace proctor
