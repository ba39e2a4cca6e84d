#include "tests/agent/job/temporary_directory.h"

#include <cstdlib>
#include <filesystem>
#include <random>
#include <system_error>

namespace proctor {

namespace {

std::string RandomName() {
  std::random_device random;
  return std::to_string(random()) + std::to_string(random());
}

}  // namespace

TemporaryDirectory::TemporaryDirectory()
    : path_((std::filesystem::temp_directory_path() / ("proctor-test-" + RandomName())).string()) {
  if (!std::filesystem::create_directory(path_)) std::abort();
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace proctor
