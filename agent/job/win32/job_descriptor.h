#ifndef PROCTOR_AGENT_JOB_WIN32_JOB_DESCRIPTOR_H_
#define PROCTOR_AGENT_JOB_WIN32_JOB_DESCRIPTOR_H_

#include <windows.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proctor/v1/agent.pb.h"
#include "proctor/v1/token_stage.pb.h"

namespace proctor {

// The access mask of a right to a job: specific rights of jobs, and DELETE. 0 for a right that
// names no job.
DWORD JobAccessMask(v1::JobRight right);

// The security descriptor of one job, self-relative: its owner, and a protected DACL that allows
// the owner and the user everything and each trustee what its grant says. Nobody else is in it; the
// absence of an entry denies. SIDs as strings.
absl::StatusOr<std::vector<unsigned char>> MakeJobDescriptor(const std::string& owner_sid,
                                                             const std::string& user_sid,
                                                             const v1::AccessList& grants);

// AccessCheck of `token`, which needs TOKEN_QUERY and, when it is a primary token, TOKEN_DUPLICATE.
// PERMISSION_DENIED when the descriptor does not grant all of `mask`; otherwise the system's error.
absl::Status CheckJobAccess(const std::vector<unsigned char>& descriptor, HANDLE token, DWORD mask);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_WIN32_JOB_DESCRIPTOR_H_
