#include "agent/token/win32/token_restriction.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace proctor {

bool AsksForRestriction(const v1::Restrictions& restrictions) {
  return restrictions.no_new_privileges() || restrictions.drop_all_capabilities() ||
         restrictions.drop_privileges() || restrictions.deny_only_groups_size() > 0 ||
         restrictions.integrity() != v1::UNCHANGED_INTEGRITY;
}

uint32_t IntegrityRid(v1::IntegrityLevel level) {
  switch (level) {
    case v1::LOW_INTEGRITY:
      return SECURITY_MANDATORY_LOW_RID;
    case v1::MEDIUM_INTEGRITY:
      return SECURITY_MANDATORY_MEDIUM_RID;
    default:
      return SECURITY_MANDATORY_UNTRUSTED_RID;
  }
}

absl::StatusOr<UniqueHandle> RestrictToken(TokenCalls* calls, const Win32Token& primary,
                                           const v1::Restrictions& restrictions,
                                           StageTrace* trace) {
  if (restrictions.no_new_privileges() || restrictions.drop_all_capabilities()) {
    return trace->Fail(v1::RESTRICT, "prctl",
                       absl::FailedPreconditionError("no_new_privileges and drop_all_capabilities "
                                                     "are Linux's; Windows has no such thing"),
                       "use drop_privileges, deny_only_groups or integrity");
  }
  constexpr char kLevelAdvice[] = "the level can be lowered, not raised";
  const bool lower = restrictions.integrity() != v1::UNCHANGED_INTEGRITY;
  if (lower && IntegrityRid(restrictions.integrity()) > primary.integrity()) {
    return trace->Fail(v1::RESTRICT, "SetTokenInformation",
                       absl::FailedPreconditionError(absl::StrCat(
                           "the user's own integrity is 0x", absl::Hex(primary.integrity()),
                           ", below 0x", absl::Hex(IntegrityRid(restrictions.integrity())))),
                       kLevelAdvice);
  }
  const std::vector<std::string> deny_only(restrictions.deny_only_groups().begin(),
                                           restrictions.deny_only_groups().end());
  // Asked for nothing else, it makes the copy whose integrity is lowered.
  absl::StatusOr<UniqueHandle> token =
      calls->Restrict(primary.handle(), restrictions.drop_privileges(), deny_only);
  if (!token.ok()) {
    return trace->Fail(v1::RESTRICT, "CreateRestrictedToken", token.status(),
                       "check the SIDs in deny_only_groups");
  }
  if (lower) {
    const absl::Status set =
        calls->SetIntegrity(token->get(), IntegrityRid(restrictions.integrity()));
    if (!set.ok()) {
      return trace->Fail(v1::RESTRICT, "SetTokenInformation", set, kLevelAdvice);
    }
  }
  trace->Done(v1::RESTRICT, "CreateRestrictedToken",
              absl::StrCat(restrictions.drop_privileges() ? "privileges dropped, " : "",
                           deny_only.size(), " groups deny only"));
  return token;
}

}  // namespace proctor
