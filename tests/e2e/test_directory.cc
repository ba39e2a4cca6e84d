#include "tests/e2e/test_directory.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace proctor {

TestDirectory::TestDirectory()
    : path_(std::filesystem::temp_directory_path() / "proctor-e2e-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr || ::chmod(path_.c_str(), 0755) != 0) std::abort();
  std::filesystem::create_directory(File("bin"));
  ::chmod(File("bin").c_str(), 0755);
  std::filesystem::create_directory(File("shared"));
  ::chmod(File("shared").c_str(), 0777);
  for (const auto& program : std::filesystem::directory_iterator(PROCTOR_BIN_DIR "/programs")) {
    const std::filesystem::path copy =
        std::filesystem::path(File("bin")) / program.path().filename();
    std::filesystem::copy_file(program.path(), copy);
    ::chmod(copy.c_str(), 0755);
  }
}

TestDirectory::~TestDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace proctor
