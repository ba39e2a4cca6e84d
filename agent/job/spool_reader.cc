#include "agent/job/spool_reader.h"

#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/job/job_id.h"
#include "common/os_error.h"
#include "common/utf8_path.h"

namespace proctor {
namespace {

constexpr absl::string_view kSuffixes[] = {".out", ".err"};

absl::Status FileError(absl::string_view call, const std::error_code& error,
                       const std::string& path) {
  return OsErrorStatus(call, error.value(), path);
}

// A name that is not a job id could lead out of the directory.
absl::Status CheckJobId(absl::string_view job_id) {
  if (IsJobId(job_id)) return absl::OkStatus();
  return absl::InvalidArgumentError("not a job id");
}

}  // namespace

absl::StatusOr<SpoolFile> SpoolReader::Open(absl::string_view job_id, bool standard_error) const {
  if (absl::Status valid = CheckJobId(job_id); !valid.ok()) return valid;
  absl::StatusOr<ReadableFile> file = ReadableFile::Open(PathOf(job_id, standard_error));
  if (file.ok()) return SpoolFile(*std::move(file));
  if (absl::IsNotFound(file.status())) return SpoolFile();
  return file.status();
}

std::string SpoolReader::PathOf(absl::string_view job_id, bool standard_error) const {
  return absl::StrCat(directory_, "/", job_id, kSuffixes[standard_error ? 1 : 0]);
}

absl::StatusOr<std::string> SpoolReader::Read(absl::string_view job_id, bool standard_error,
                                              uint64_t offset, size_t max) const {
  const absl::StatusOr<SpoolFile> file = Open(job_id, standard_error);
  if (!file.ok()) return file.status();
  return file->Read(offset, max);
}

absl::Status SpoolReader::Remove(absl::string_view job_id) const {
  if (absl::Status valid = CheckJobId(job_id); !valid.ok()) return valid;
  absl::Status result;
  for (const absl::string_view suffix : kSuffixes) {
    const std::string path = absl::StrCat(directory_, "/", job_id, suffix);
    std::error_code error;
    std::filesystem::remove(Utf8Path(path), error);
    if (error) result.Update(FileError("unlink", error, path));
  }
  return result;
}

absl::StatusOr<std::vector<std::string>> SpoolReader::ListJobIds() const {
  std::error_code error;
  std::set<std::string> ids;
  std::filesystem::directory_iterator entry(Utf8Path(directory_), error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    const std::u8string utf8 = entry->path().filename().u8string();
    const absl::string_view file(reinterpret_cast<const char*>(utf8.data()), utf8.size());
    for (const absl::string_view suffix : kSuffixes) {
      absl::string_view name = file;
      if (absl::ConsumeSuffix(&name, suffix) && IsJobId(name)) ids.emplace(name);
    }
    entry.increment(error);
  }
  if (error) return FileError("readdir", error, directory_);
  return std::vector<std::string>(ids.begin(), ids.end());
}

}  // namespace proctor
