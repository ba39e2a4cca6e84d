// Copies standard input to standard output until its end.

#include <stdio.h>

int main() {
  char buffer[65536];
  size_t n;
  while ((n = fread(buffer, 1, sizeof(buffer), stdin)) > 0) {
    if (fwrite(buffer, 1, n, stdout) != n) return 1;
  }
  return ferror(stdin) ? 2 : 0;
}
