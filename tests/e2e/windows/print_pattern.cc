// print_pattern SIZE: so many bytes, each the number of its place modulo 251.

#include <fcntl.h>
#include <io.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int, char** argv) {
  ::_setmode(::_fileno(stdout), _O_BINARY);
  uint64_t left = std::strtoull(argv[1], nullptr, 10);
  constexpr size_t kPeriod = 251;
  std::vector<unsigned char> block(kPeriod * 256);
  for (size_t i = 0; i < block.size(); ++i) block[i] = static_cast<unsigned char>(i % kPeriod);
  while (left > 0) {
    const size_t count = static_cast<size_t>(std::min<uint64_t>(left, block.size()));
    if (std::fwrite(block.data(), 1, count, stdout) != count) return 1;
    left -= count;
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
