#ifndef PROCTOR_TESTS_E2E_HUNG_MOUNT_H_
#define PROCTOR_TESTS_E2E_HUNG_MOUNT_H_

#include <string>

#include "absl/status/status.h"
#include "common/unique_fd.h"

namespace proctor {

// A file system whose server never answers: whoever looks into it hangs until a fatal signal, as
// with a network file system that is away. (FUSE, spoken by nobody.) Needs CAP_SYS_ADMIN.
class HungMount {
 public:
  HungMount() = default;
  // Wakes everybody who hangs, then unmounts.
  ~HungMount();
  HungMount(const HungMount&) = delete;
  HungMount& operator=(const HungMount&) = delete;

  // Makes the directory and mounts there.
  absl::Status Mount(const std::string& path);

 private:
  std::string path_;
  UniqueFd connection_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_HUNG_MOUNT_H_
