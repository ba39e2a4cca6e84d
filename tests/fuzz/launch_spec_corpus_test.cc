// The seed corpus of the fuzzer, and mutations of it, on every compiler.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "tests/fuzz/launch_spec_fuzz.h"

namespace proctor {
namespace {

void Fuzz(const std::string& bytes) {
  FuzzLaunchSpec(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

TEST(LaunchSpecCorpusTest, EverySeedAndItsMutationsAreHandled) {
  std::minstd_rand random(1);
  int seeds = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(PROCTOR_SOURCE_DIR "/tests/fuzz/corpus/launch_spec")) {
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream),
                            std::istreambuf_iterator<char>()};
    Fuzz(bytes);
    ++seeds;
    for (int round = 0; round < 2000 && !bytes.empty(); ++round) {
      std::string mutated = bytes;
      for (unsigned int i = 0; i <= random() % 3; ++i) {
        mutated[random() % mutated.size()] = static_cast<char>(random());
      }
      if (round % 5 == 0) mutated.resize(random() % mutated.size());
      Fuzz(mutated);
    }
  }
  EXPECT_GE(seeds, 5);
}

}  // namespace
}  // namespace proctor
