#include "tests/programs/program.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <initializer_list>

namespace proctor {
namespace {

void (*request_handler)() = nullptr;

void OnSignal(int) { request_handler(); }

}  // namespace

std::vector<std::string> Arguments(int argc, char** argv) { return {argv + 1, argv + argc}; }

std::vector<std::string> EnvironmentEntries() {
  std::vector<std::string> entries;
  for (char** entry = ::environ; *entry != nullptr; ++entry) entries.push_back(*entry);
  return entries;
}

std::string WorkingDirectory() {
  char path[PATH_MAX];
  return ::getcwd(path, sizeof(path)) != nullptr ? path : "";
}

void Write(Stream stream, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t done = ::write(static_cast<int>(stream), data, size);
    if (done < 0) ExitNow(3);
    data += done;
    size -= static_cast<size_t>(done);
  }
}

size_t ReadInput(char* data, size_t size) {
  const ssize_t count = ::read(STDIN_FILENO, data, size);
  if (count < 0) ExitNow(3);
  return static_cast<size_t>(count);
}

void AppendLine(const std::string& path, const std::string& line) {
  const std::string text = line + "\n";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    ExitNow(3);
  }
  ::close(fd);
}

bool FileExists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

int64_t OwnPid() { return ::getpid(); }

int64_t StartSelf(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"self"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, argv.data(), ::environ) != 0) {
    ExitNow(3);
  }
  return pid;
}

void OnRequestToEnd(void (*handler)()) {
  request_handler = handler;
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::signal(number, OnSignal);
}

void ExitNow(int code) { ::_exit(code); }

void EndInTwoMinutes() { ::alarm(120); }

void AwaitFile(const std::string& end_file) {
  while (!FileExists(end_file)) ::usleep(5000);
}

}  // namespace proctor
