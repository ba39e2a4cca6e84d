// write_pattern BYTES [err]: writes so many bytes of tests/e2e/pattern.h's sequence.

#include <stdlib.h>
#include <unistd.h>

#include <vector>

#include "tests/e2e/pattern.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  unsigned long long left = strtoull(argv[1], nullptr, 10);
  const int fd = argc > 2 ? 2 : 1;
  proctor::Pattern pattern;
  std::vector<char> block(65536);
  while (left > 0) {
    const size_t size = left < block.size() ? static_cast<size_t>(left) : block.size();
    pattern.Fill(block.data(), size);
    size_t done = 0;
    while (done < size) {
      const ssize_t n = write(fd, block.data() + done, size - done);
      if (n < 0) return 3;
      done += static_cast<size_t>(n);
    }
    left -= size;
  }
  return 0;
}
