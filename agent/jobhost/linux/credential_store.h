#ifndef PROCTOR_AGENT_JOBHOST_LINUX_CREDENTIAL_STORE_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_CREDENTIAL_STORE_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/mutex.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// A directory in memory that belongs to the host and that users can only pass through.
struct CredentialDirectory {
  std::string path;
  UniqueFd fd;  // Locked while its host lives (flock(2)).
};

// One job's credential cache. The destructor overwrites and removes it; what the job has open is
// then an empty file.
class CredentialCache {
 public:
  CredentialCache(std::shared_ptr<const CredentialDirectory> directory, std::string name,
                  UniqueFd file);
  ~CredentialCache();
  CredentialCache(const CredentialCache&) = delete;
  CredentialCache& operator=(const CredentialCache&) = delete;

  // For the job's environment: "KRB5CCNAME=FILE:/run/…".
  const std::string& variable() const { return variable_; }

 private:
  const std::shared_ptr<const CredentialDirectory> directory_;
  const std::string name_;
  const std::string variable_;
  // Kept open: without CAP_DAC_OVERRIDE the host could not open the user's file again.
  const UniqueFd file_;
};

// Kerberos credential caches of jobs (FILE format, krb5's ccache_file_format), in memory, so that
// no disk ever holds them: on a tmpfs, since libkrb5 opens a cache by its path, again and again,
// also in processes that a job starts later; a memfd has no path that another user's process may
// open. /run comes first because nothing but its owner removes files there (of /dev/shm logind
// removes a user's files when the user logs out, RemoveIPC of logind.conf(5)); /dev/shm is for
// machines whose /run is no tmpfs, and for hosts that are not root's.
//
// A cache is 0600 and its user's own, in a directory of mode 0711 that only the host writes: users
// cannot list it, nor replace or link a file there. Tickets that a job gets are appended to the
// file; to replace it (kinit -R) takes a cache of the job's own.
//
// Thread-safe.
class CredentialStore {
 public:
  explicit CredentialStore(std::vector<std::string> bases = DefaultBases());
  // Removes the directory. Caches must have gone.
  ~CredentialStore();
  CredentialStore(const CredentialStore&) = delete;
  CredentialStore& operator=(const CredentialStore&) = delete;

  // Removes what hosts of this user left that have ended without doing so themselves. Best done
  // before capabilities are given up: to overwrite other users' files takes CAP_DAC_OVERRIDE.
  void SweepLeftovers();

  // A cache of `job_id` (a valid one) with these bytes. The first one makes the directory.
  absl::StatusOr<std::unique_ptr<CredentialCache>> Put(const std::string& job_id,
                                                       absl::string_view bytes, uid_t uid,
                                                       gid_t gid);

  // Removes every cache, whoever holds it still: for a host that is about to end by force.
  void RemoveAll();

 private:
  static std::vector<std::string> DefaultBases();
  absl::StatusOr<std::shared_ptr<const CredentialDirectory>> Directory();

  const std::vector<std::string> bases_;
  Mutex mutex_;
  std::shared_ptr<const CredentialDirectory> directory_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_CREDENTIAL_STORE_H_
