#include "tests/fuzz/mutations.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

namespace proctor {
namespace {

constexpr int kRounds = 2000;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

}  // namespace

int FuzzCorpus(const std::string& directory, void (*fuzz)(const uint8_t* data, size_t size)) {
  const auto call = [fuzz](const std::string& bytes) {
    fuzz(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  };
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(
           std::filesystem::path(PROCTOR_SOURCE_DIR "/tests/fuzz/corpus") / directory)) {
    files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());  // The order of a directory is not.
  std::minstd_rand random(1);
  for (const std::filesystem::path& file : files) {
    const std::string bytes = ReadFile(file);
    call(bytes);
    for (int round = 0; round < kRounds && !bytes.empty(); ++round) {
      std::string mutated = bytes;
      for (unsigned int i = 0; i <= random() % 3; ++i) {
        mutated[random() % mutated.size()] = static_cast<char>(random());
      }
      if (round % 5 == 0) mutated.resize(random() % mutated.size());
      call(mutated);
    }
  }
  return static_cast<int>(files.size());
}

}  // namespace proctor
