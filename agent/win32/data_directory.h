#ifndef PROCTOR_AGENT_WIN32_DATA_DIRECTORY_H_
#define PROCTOR_AGENT_WIN32_DATA_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace proctor {

// %ProgramData%\Proctor: the service's configuration, state and log.
class DataDirectory {
 public:
  static std::string DefaultPath();
  // Where an agent has its state that nobody told where: there for an administrator's, and in
  // %LOCALAPPDATA% for another user's, who must not come to own what the service would use.
  static std::string StatePath(bool administrator);

  // Makes it so that it and what comes into it is for the system and the administrators only. One
  // that is there is taken over with its content; PERMISSION_DENIED when it belongs to somebody
  // else (anybody may make folders in %ProgramData%), or leads to another place.
  static absl::Status Prepare(const std::string& path);

  // A configuration with comments, unless there is a file; whether it was written.
  // PERMISSION_DENIED when the file that is there is somebody else's. The directory must be
  // prepared.
  static absl::StatusOr<bool> WriteDefaultConfig(const std::string& path);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_DATA_DIRECTORY_H_
