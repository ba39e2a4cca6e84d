// wait_for_end [ignore | exit CODE | report]: prints "ready", then waits to be ended.
//   ignore       SIGTERM, SIGINT and SIGHUP have no effect
//   exit CODE    SIGTERM makes it exit with CODE
//   report       prints "signal N" for each signal it gets
// It ends by itself after two minutes.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <initializer_list>

namespace {

int exit_code = 0;

void Exit(int) { _exit(exit_code); }

void Report(int number) {
  char line[32];
  const int length = snprintf(line, sizeof(line), "signal %d\n", number);
  if (write(1, line, static_cast<size_t>(length)) != length) _exit(3);
}

}  // namespace

int main(int argc, char** argv) {
  alarm(120);
  const char* const mode = argc > 1 ? argv[1] : "";
  if (strcmp(mode, "ignore") == 0) {
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) signal(number, SIG_IGN);
  } else if (strcmp(mode, "exit") == 0 && argc > 2) {
    exit_code = atoi(argv[2]);
    signal(SIGTERM, Exit);
  } else if (strcmp(mode, "report") == 0) {
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) signal(number, Report);
  }
  if (write(1, "ready\n", 6) != 6) return 3;
  for (;;) pause();
}
