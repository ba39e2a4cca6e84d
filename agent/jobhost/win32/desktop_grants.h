#ifndef PROCTOR_AGENT_JOBHOST_WIN32_DESKTOP_GRANTS_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_DESKTOP_GRANTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/jobhost/win32/window_objects.h"
#include "common/mutex.h"

namespace proctor::jobhost {

// What logon SIDs are allowed on the interactive desktop, winsta0\default of this host's session,
// on behalf of jobs. A file holds every grant from before it is made until it is revoked, so that a
// host that dies leaves none behind: the next one revokes it. Thread-safe.
class DesktopGrants {
 public:
  // The objects that grants are made on; opened with READ_CONTROL and WRITE_DAC.
  struct Objects {
    UniqueStation station;
    UniqueDesktop desktop;
  };
  using OpenObjects = absl::StatusOr<Objects> (*)();

  // `journal`: the file's path; nothing is made before there is something to hold. `boot_id`:
  // grants of another boot are forgotten, since their objects are gone and logon SIDs come anew.
  DesktopGrants(std::wstring journal, std::string boot_id, OpenObjects open = &OpenInteractive)
      : path_(std::move(journal)), boot_id_(std::move(boot_id)), open_(open) {}

  // Revokes what an earlier host left. Before the first Grant.
  absl::Status RevokeLeftOver();
  // Journals, then grants, on both objects or on none. The same SID may be granted several times.
  absl::Status Grant(const std::string& logon_sid);
  // Takes one grant back. What fails stays in the journal.
  absl::Status Revoke(const std::string& logon_sid);

  // winsta0 and its desktop "default", of a process that is on winsta0 itself.
  static absl::StatusOr<Objects> OpenInteractive();

 private:
  // Half a grant is none.
  absl::Status AllowOnBoth(const std::string& logon_sid) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status RevokeOnce(const std::string& logon_sid) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::vector<std::string>> Read() const;
  // Whole, beside the old one, then in its place: a crash leaves one or the other.
  absl::Status Write() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(const std::string& logon_sid) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::wstring path_;
  const std::string boot_id_;
  const OpenObjects open_;
  Mutex mutex_;
  std::vector<std::string> granted_ ABSL_GUARDED_BY(mutex_);  // Logon SIDs.
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_DESKTOP_GRANTS_H_
