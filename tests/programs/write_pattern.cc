// write_pattern BYTES [err]: writes so many bytes of tests/e2e/pattern.h's sequence.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "tests/e2e/pattern.h"
#include "tests/programs/program.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments = proctor::Arguments(argc, argv);
  if (arguments.empty()) return 2;
  uint64_t left = std::strtoull(arguments[0].c_str(), nullptr, 10);
  const proctor::Stream stream =
      arguments.size() > 1 ? proctor::Stream::kError : proctor::Stream::kOutput;
  proctor::Pattern pattern;
  std::vector<char> block(65536);
  while (left > 0) {
    const size_t size = static_cast<size_t>(std::min<uint64_t>(left, block.size()));
    pattern.Fill(block.data(), size);
    proctor::Write(stream, block.data(), size);
    left -= size;
  }
  return 0;
}
