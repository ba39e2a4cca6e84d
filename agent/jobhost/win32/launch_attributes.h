#ifndef PROCTOR_AGENT_JOBHOST_WIN32_LAUNCH_ATTRIBUTES_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_LAUNCH_ATTRIBUTES_H_

#include <windows.h>

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "common/win32/unique_handle.h"

namespace proctor::jobhost {

// STARTUPINFOEX's attributes: which handles a child inherits, which job it is born into. Points
// into the lists given to it.
class LaunchAttributes {
 public:
  LaunchAttributes() = default;
  ~LaunchAttributes();
  LaunchAttributes(const LaunchAttributes&) = delete;
  LaunchAttributes& operator=(const LaunchAttributes&) = delete;

  // Only these are inherited. `job` null: none.
  absl::Status Set(std::vector<HANDLE> inherited, const UniqueHandle* job);

  LPPROC_THREAD_ATTRIBUTE_LIST get() { return list_; }

 private:
  std::vector<HANDLE> inherited_;
  HANDLE job_ = nullptr;
  std::vector<std::byte> memory_;
  LPPROC_THREAD_ATTRIBUTE_LIST list_ = nullptr;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_LAUNCH_ATTRIBUTES_H_
