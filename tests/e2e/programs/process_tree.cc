// process_tree MODE [END_FILE | COUNT]: trees of processes that outlive their parents.
//   double-fork END_FILE   a grandchild whose parent has exited stays
//   setsid END_FILE        a child in a session of its own stays
//   fork-loop COUNT        up to COUNT processes at a time that ignore SIGTERM and fork for ever
// Prints the pid of every process that stays, one a line, then "ready". What stays ends when
// END_FILE exists, and in any case after two minutes.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

namespace {

[[noreturn]] void Stay(const char* end_file) {
  alarm(120);
  while (end_file == nullptr || access(end_file, F_OK) != 0) usleep(5000);
  _exit(0);
}

void PrintPid(pid_t pid) {
  char line[32];
  const int length = snprintf(line, sizeof(line), "%d\n", pid);
  if (write(1, line, static_cast<size_t>(length)) != length) _exit(3);
}

int Ready() { return write(1, "ready\n", 6) == 6 ? 0 : 3; }

int Setsid(const char* end_file) {
  int ends[2];
  if (pipe(ends) != 0) return 3;
  const pid_t child = fork();
  if (child == 0) {
    setsid();
    close(ends[0]);
    close(ends[1]);
    Stay(end_file);
  }
  close(ends[1]);
  char byte;
  if (read(ends[0], &byte, 1) != 0) return 3;  // Until the child is in its session.
  PrintPid(child);
  return Ready();
}

int DoubleFork(const char* end_file) {
  const pid_t child = fork();
  if (child == 0) {
    const pid_t grandchild = fork();
    if (grandchild == 0) Stay(end_file);
    PrintPid(grandchild);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  return Ready();
}

// Every process forks and every other one exits, so the tree is never the same twice.
[[noreturn]] void ForkForEver(std::atomic<int>* alive, int limit) {
  alarm(120);
  signal(SIGCHLD, SIG_IGN);
  for (int turn = 0;; ++turn) {
    if (alive->fetch_add(1) >= limit) {
      alive->fetch_sub(1);
      if (turn > 3) {
        alive->fetch_sub(1);
        _exit(0);
      }
      usleep(10000);
      continue;
    }
    const pid_t child = fork();
    if (child < 0) alive->fetch_sub(1);
    if (child == 0) turn = 0;
  }
}

int ForkLoop(int limit) {
  signal(SIGTERM, SIG_IGN);
  void* const shared =
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 3;
  auto* const alive = new (shared) std::atomic<int>(0);
  PrintPid(getpid());
  Ready();
  alarm(120);
  signal(SIGCHLD, SIG_IGN);
  for (;;) {
    // The main process never exits; it sees to it that there is always somebody who forks.
    if (alive->fetch_add(1) < limit) {
      const pid_t child = fork();
      if (child == 0) ForkForEver(alive, limit);
      if (child < 0) alive->fetch_sub(1);
    } else {
      alive->fetch_sub(1);
      usleep(500);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const char* const mode = argv[1];
  if (strcmp(mode, "setsid") == 0) return Setsid(argv[2]);
  if (strcmp(mode, "double-fork") == 0) return DoubleFork(argv[2]);
  if (strcmp(mode, "fork-loop") == 0) return ForkLoop(atoi(argv[2]));
  return 2;
}
