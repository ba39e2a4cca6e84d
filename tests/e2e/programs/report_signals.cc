// report_signals: prints "ready", then "signal N" for each signal it gets, until it is killed or
// two minutes have passed.

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <initializer_list>

namespace {

void Report(int number) {
  char line[32];
  const int length = snprintf(line, sizeof(line), "signal %d\n", number);
  if (write(1, line, static_cast<size_t>(length)) != length) _exit(3);
}

}  // namespace

int main() {
  alarm(120);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) signal(number, Report);
  if (write(1, "ready\n", 6) != 6) return 3;
  for (;;) pause();
}
