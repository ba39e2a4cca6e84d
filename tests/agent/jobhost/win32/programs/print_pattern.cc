// print_pattern OUT [ERR]: so many bytes of "abc…z" over and over to standard output, then to
// standard error. Exit code 3 when one does not take them.
#include <windows.h>

#include <cstdlib>
#include <vector>

namespace {

bool Print(HANDLE file, unsigned long long bytes) {
  // A multiple of 26, so that the pattern goes on from block to block.
  std::vector<char> block(26 * 2048);
  for (size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>('a' + i % 26);
  while (bytes > 0) {
    const DWORD now = static_cast<DWORD>(bytes < block.size() ? bytes : block.size());
    DWORD written = 0;
    if (!::WriteFile(file, block.data(), now, &written, nullptr) || written != now) return false;
    bytes -= now;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const DWORD streams[] = {STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
  for (int i = 1; i < argc && i <= 2; ++i) {
    const unsigned long long bytes = std::strtoull(argv[i], nullptr, 10);
    if (!Print(::GetStdHandle(streams[i - 1]), bytes)) return 3;
  }
  return 0;
}
