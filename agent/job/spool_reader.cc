#include "agent/job/spool_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/job/job_id.h"
#include "common/os_error.h"

namespace proctor {
namespace {

constexpr absl::string_view kSuffixes[] = {".out", ".err"};

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// A name that is not a job id could lead out of the directory.
absl::Status CheckJobId(absl::string_view job_id) {
  if (IsJobId(job_id)) return absl::OkStatus();
  return absl::InvalidArgumentError("not a job id");
}

}  // namespace

absl::StatusOr<SpoolFile> SpoolReader::Open(absl::string_view job_id, bool standard_error) const {
  if (absl::Status valid = CheckJobId(job_id); !valid.ok()) return valid;
  const std::string path = absl::StrCat(directory_, "/", job_id, kSuffixes[standard_error ? 1 : 0]);
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT) return SpoolFile();
    return OsErrorStatus("open", errno, path);
  }
  return SpoolFile(std::move(fd));
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
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
      result.Update(OsErrorStatus("unlink", errno, path));
    }
  }
  return result;
}

absl::StatusOr<std::vector<std::string>> SpoolReader::ListJobIds() const {
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(directory_.c_str()));
  if (directory == nullptr) return OsErrorStatus("opendir", errno, directory_);
  std::set<std::string> ids;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) {
      if (errno != 0) return OsErrorStatus("readdir", errno, directory_);
      break;
    }
    for (const absl::string_view suffix : kSuffixes) {
      absl::string_view name = entry->d_name;
      if (absl::ConsumeSuffix(&name, suffix) && IsJobId(name)) ids.emplace(name);
    }
  }
  return std::vector<std::string>(ids.begin(), ids.end());
}

}  // namespace proctor
