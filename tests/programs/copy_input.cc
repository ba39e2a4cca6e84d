// copy_input: copies standard input to standard output until its end.

#include "tests/programs/program.h"

int main() {
  static char buffer[65536];
  while (const size_t count = proctor::ReadInput(buffer, sizeof(buffer))) {
    proctor::Write(proctor::Stream::kOutput, buffer, count);
  }
  return 0;
}
