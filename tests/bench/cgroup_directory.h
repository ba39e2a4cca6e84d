#ifndef PROCTOR_TESTS_BENCH_CGROUP_DIRECTORY_H_
#define PROCTOR_TESTS_BENCH_CGROUP_DIRECTORY_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace proctor::bench {

// A new directory of the cgroup v2 tree, below the benchmark's own cgroup. Removed by the
// destructor; it must be empty by then.
class CgroupDirectory {
 public:
  // Fails, saying why, on machines where no cgroup can be made.
  static absl::StatusOr<CgroupDirectory> CreateBelowOwn(const std::string& name);
  absl::StatusOr<CgroupDirectory> CreateChild(const std::string& name) const;

  CgroupDirectory(CgroupDirectory&& other) noexcept
      : path_(std::exchange(other.path_, "")), fd_(std::move(other.fd_)) {}
  CgroupDirectory(const CgroupDirectory&) = delete;
  CgroupDirectory& operator=(const CgroupDirectory&) = delete;
  ~CgroupDirectory();

  // For CLONE_INTO_CGROUP.
  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

  absl::Status Kill() const;
  // Whether any process is in it or below.
  absl::StatusOr<bool> Populated() const;

 private:
  CgroupDirectory(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  static absl::StatusOr<CgroupDirectory> Create(const std::string& path);

  std::string path_;
  UniqueFd fd_;
};

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_CGROUP_DIRECTORY_H_
