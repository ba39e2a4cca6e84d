#include "agent/job/journal_ballast.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "common/disk_space.h"
#include "common/secure_random.h"
#include "common/utf8_path.h"

namespace proctor {
namespace {

constexpr size_t kBytes = size_t{1} << 20;
constexpr uint64_t kLeastFree = 16 * kBytes;

std::filesystem::path BallastOf(const std::string& journal_path) {
  return Utf8Path(journal_path + ".ballast");
}

}  // namespace

void KeepJournalBallast(const std::string& journal_path) {
  const std::filesystem::path path = BallastOf(journal_path);
  std::error_code error;
  if (std::filesystem::file_size(path, error) == kBytes && !error) return;
  const absl::StatusOr<DiskSpace> space = DiskSpaceOf(journal_path);
  if (!space.ok() || space->free < kLeastFree) return;
  std::ofstream file(path, std::ios::binary);
  file << SecureRandomBytes(kBytes);  // Takes its space on file systems that compress, too.
  file.close();
  if (!file) std::filesystem::remove(path, error);
}

bool GiveUpJournalBallast(const std::string& journal_path) {
  std::error_code error;
  return std::filesystem::remove(BallastOf(journal_path), error);
}

}  // namespace proctor
