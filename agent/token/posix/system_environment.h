#ifndef PROCTOR_AGENT_TOKEN_POSIX_SYSTEM_ENVIRONMENT_H_
#define PROCTOR_AGENT_TOKEN_POSIX_SYSTEM_ENVIRONMENT_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace proctor {

using VariableMap = std::map<std::string, std::string>;

// The variables of a file of pam_env's (/etc/environment, /etc/default/locale), read as pam_env
// reads it: a NAME=value a line, "export " before it allowed, quotes around the value taken off,
// nothing expanded, '#' to the line's end a comment. Other lines are left out.
VariableMap ParseEnvironmentFile(absl::string_view text);

// What a machine gives every login: the files that pam_env reads, without a PAM transaction for
// each job, which takes a helper process and a millisecond. Thread-safe.
class SystemEnvironment {
 public:
  // A variable of a later file counts. `clock` must outlive the object.
  SystemEnvironment(std::vector<std::string> paths, const Clock* clock);

  // At most ten seconds old. A file that is missing, no regular file or larger than 64 KiB gives
  // nothing. Never null.
  std::shared_ptr<const VariableMap> Read();

 private:
  const std::vector<std::string> paths_;
  const Clock* const clock_;
  Mutex mutex_;
  std::shared_ptr<const VariableMap> variables_ ABSL_GUARDED_BY(mutex_);
  absl::Duration read_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_SYSTEM_ENVIRONMENT_H_
