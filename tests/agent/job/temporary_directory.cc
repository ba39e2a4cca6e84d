#include "tests/agent/job/temporary_directory.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "agent/job/job_id.h"

namespace proctor {

TemporaryDirectory::TemporaryDirectory()
    : path_((std::filesystem::temp_directory_path() / ("proctor-test-" + NewJobId())).string()) {
  if (!std::filesystem::create_directory(path_)) std::abort();
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace proctor
