#include "agent/job/journal_ballast.h"

#include <cstdint>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/disk_space.h"
#include "common/secure_random.h"
#include "common/utf8_path.h"

namespace proctor {
namespace {

constexpr uint64_t kBytes = uint64_t{1} << 20;
constexpr uint64_t kLeastFree = 16 * kBytes;
// The least half: a start writes some pages.
constexpr uint64_t kLeastBytes = kBytes / 16;

// 0 for what is missing, or no file.
uint64_t FileBytes(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error))) return 0;
  const uint64_t bytes = std::filesystem::file_size(path, error);
  return error ? 0 : bytes;
}

}  // namespace

JournalBallast::JournalBallast(const std::string& journal_path)
    : journal_path_(journal_path),
      path_(Utf8Path(absl::StrCat(journal_path, ".ballast"))),
      due_(FileBytes(path_) != kBytes) {}

void JournalBallast::Renew() {
  if (!due_) return;
  const absl::StatusOr<DiskSpace> space = DiskSpaceOf(journal_path_);
  if (!space.ok() || space->free < kLeastFree) return;
  due_ = false;
  std::error_code error;
  std::filesystem::remove(path_, error);  // Whatever it is.
  std::ofstream file(path_, std::ios::binary);
  file << SecureRandomBytes(kBytes);  // Takes its space on file systems that compress, too.
}

bool JournalBallast::GiveUpHalf() {
  const uint64_t half = FileBytes(path_) / 2;
  if (half < kLeastBytes) return false;
  std::error_code error;
  std::filesystem::resize_file(path_, half, error);
  due_ = true;
  return !error;
}

}  // namespace proctor
