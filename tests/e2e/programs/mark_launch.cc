// mark_launch FILE TEXT [END_FILE]: appends a line to FILE and prints it; with END_FILE waits until
// that file exists. However often it was launched can be counted in FILE.

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  alarm(120);
  char line[256];
  const int length = snprintf(line, sizeof(line), "%s\n", argv[2]);
  const int fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0 || write(fd, line, static_cast<size_t>(length)) != length) return 3;
  close(fd);
  if (write(1, line, static_cast<size_t>(length)) != length) return 4;
  while (argc > 3 && access(argv[3], F_OK) != 0) usleep(5000);
  return 0;
}
