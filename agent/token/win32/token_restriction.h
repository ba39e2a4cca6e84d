#ifndef PROCTOR_AGENT_TOKEN_WIN32_TOKEN_RESTRICTION_H_
#define PROCTOR_AGENT_TOKEN_WIN32_TOKEN_RESTRICTION_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "agent/token/stage_trace.h"
#include "agent/token/win32/token_calls.h"
#include "agent/token/win32/win32_token.h"
#include "common/win32/unique_handle.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

bool AsksForRestriction(const v1::Restrictions& restrictions);

// The relative id of a level that is not UNCHANGED_INTEGRITY (SECURITY_MANDATORY_LOW_RID).
uint32_t IntegrityRid(v1::IntegrityLevel level);

// The stage RESTRICT: a copy of `primary` with less (CreateRestrictedToken, then
// TokenIntegrityLevel). FAILED_PRECONDITION for what Windows does not know, and for a level above
// that of `primary`. Whether the system did it is for VerifyPrimary to say.
absl::StatusOr<UniqueHandle> RestrictToken(TokenCalls* calls, const Win32Token& primary,
                                           const v1::Restrictions& restrictions, StageTrace* trace);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_TOKEN_RESTRICTION_H_
