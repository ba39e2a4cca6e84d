// Prints "genuine", then tries everything to change what it has printed, then prints "end". What
// must be on record is exactly those two lines.

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

namespace {

void Print(int fd, const char* text) {
  if (write(fd, text, strlen(text)) < 0) _exit(3);
}

}  // namespace

int main() {
  Print(1, "genuine\n");
  if (ftruncate(1, 0) == 0) Print(2, "ftruncate worked\n");
  if (lseek(1, 0, SEEK_SET) == 0) Print(2, "lseek worked\n");
  if (pwrite(1, "forged!", 7, 0) > 0) Print(2, "pwrite worked\n");
  const int again = open("/proc/self/fd/1", O_WRONLY | O_TRUNC);
  if (again >= 0) close(again);
  const int readable = open("/proc/self/fd/1", O_RDWR);
  if (readable >= 0) close(readable);
  Print(1, "end\n");
  // What a shell does for `echo > /dev/stdout`.
  const int by_name = open("/dev/stdout", O_WRONLY);
  if (by_name < 0) return 4;
  Print(by_name, "by name\n");
  return 0;
}
