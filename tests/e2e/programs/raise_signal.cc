// raise_signal SIGNAL [core]: ends itself by the signal; with "core" a core dump is allowed.

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int number = atoi(argv[1]);
  const bool core = argc > 2 && strcmp(argv[2], "core") == 0;
  rlimit limit;
  getrlimit(RLIMIT_CORE, &limit);
  limit.rlim_cur = core ? limit.rlim_max : 0;
  setrlimit(RLIMIT_CORE, &limit);
  if (core && limit.rlim_max == 0) return 77;
  signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  kill(getpid(), number);
  return 3;
}
