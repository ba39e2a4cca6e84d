#include "agent/job/journal_ballast.h"

#include <cstdint>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/disk_space.h"
#include "common/log.h"
#include "common/private_file.h"
#include "common/secure_random.h"
#include "common/utf8_path.h"

namespace proctor {
namespace {

constexpr uint64_t kBytes = uint64_t{1} << 20;
constexpr uint64_t kLeastFree = 16 * kBytes;
// The least half: a start writes some pages.
constexpr uint64_t kLeastBytes = kBytes / 16;
constexpr absl::Duration kBetweenTries = absl::Minutes(1);

// 0 for what is missing, or no file.
uint64_t FileBytes(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error))) return 0;
  const uint64_t bytes = std::filesystem::file_size(path, error);
  return error ? 0 : bytes;
}

}  // namespace

JournalBallast::JournalBallast(const std::string& journal_path, Clock* clock)
    : journal_path_(journal_path),
      path_(Utf8Path(absl::StrCat(journal_path, ".ballast"))),
      fresh_path_(absl::StrCat(journal_path, ".ballast.new")),
      clock_(clock),
      due_(FileBytes(path_) != kBytes) {}

void JournalBallast::Renew() {
  if (!due_ || clock_->Monotonic() < next_try_) return;
  const absl::StatusOr<DiskSpace> space = DiskSpaceOf(journal_path_);
  if (!space.ok() || space->free < kLeastFree) return;
  const absl::Status made = MakeWhole();
  due_ = !made.ok();
  if (due_ && !told_) {
    LogWarning("the space beside the journal that a start on a full disk needs is not whole: ",
               made.message());
  }
  told_ = due_;
  if (due_) next_try_ = clock_->Monotonic() + kBetweenTries;
}

absl::Status JournalBallast::MakeWhole() const {
  const std::filesystem::path fresh = Utf8Path(fresh_path_);
  std::error_code error;
  std::filesystem::remove(fresh, error);  // Whatever it is.
  if (absl::Status created = EnsurePrivateFile(fresh_path_); !created.ok()) return created;
  std::ofstream file(fresh, std::ios::binary);
  file << SecureRandomBytes(kBytes);  // Takes its space on file systems that compress, too.
  file.close();
  const uint64_t written = FileBytes(fresh);
  if (written == kBytes) {
    if (FileBytes(path_) == 0) std::filesystem::remove(path_, error);  // Whatever it is.
    std::filesystem::rename(fresh, path_, error);
    if (!error) return absl::OkStatus();
  }
  const std::string problem =
      written == kBytes ? error.message() : absl::StrCat("only ", written, " bytes were written");
  std::filesystem::remove(fresh, error);
  return absl::UnavailableError(absl::StrCat(fresh_path_, ": ", problem));
}

bool JournalBallast::GiveUpHalf() {
  const uint64_t bytes = FileBytes(path_);
  if (bytes == 0) return false;
  due_ = true;
  std::error_code error;
  // File systems that write elsewhere (btrfs) free nothing of an extent while any of it is in use.
  if (bytes / 2 < kLeastBytes) return std::filesystem::remove(path_, error);
  std::filesystem::resize_file(path_, bytes / 2, error);
  return !error;
}

}  // namespace proctor
