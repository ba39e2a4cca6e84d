#ifndef PROCTOR_AGENT_CALLER_LINUX_CREDENTIAL_FILE_H_
#define PROCTOR_AGENT_CALLER_LINUX_CREDENTIAL_FILE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "agent/token/posix/delegated_credentials.h"
#include "common/linux/gss_handles.h"

namespace proctor {

// The tickets of a delegated credential as the bytes of a credential cache file (version 4, krb5's
// ccache_file_format), without a file having been written. Needs libkrb5 1.20. RESOURCE_EXHAUSTED
// when there is more than a job host takes.
absl::StatusOr<std::shared_ptr<const DelegatedCredentials>> ReadCredentialFile(
    const GssLibrary& gss, const GssCredential& credential);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LINUX_CREDENTIAL_FILE_H_
