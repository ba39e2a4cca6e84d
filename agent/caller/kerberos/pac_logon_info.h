#ifndef PROCTOR_AGENT_CALLER_KERBEROS_PAC_LOGON_INFO_H_
#define PROCTOR_AGENT_CALLER_KERBEROS_PAC_LOGON_INFO_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor {

// Who an Active Directory domain says that a caller is.
struct PacLogonInfo {
  std::string user_sid;  // "S-1-5-21-…"
  // Groups that count for access: without those that are disabled or for denying only. In the order
  // of the PAC, each once.
  std::vector<std::string> group_sids;
  // A computer's account, or one that services have as computers do (gMSA): a trust account
  // (MS-SAMR 2.2.1.12), or in its domain's group of computers or domain controllers.
  bool is_computer = false;
};

// More groups than a Windows token can hold (1,015) and than anybody needs to be shown.
constexpr size_t kMaxPacGroups = 2048;

// Decodes the PAC's logon information: KERB_VALIDATION_INFO (MS-PAC 2.5) in NDR type serialisation
// version 1, little-endian (MS-RPCE 2.2.6). A realm has signed it, but lengths, counts and pointers
// are believed only as far as the bytes go. INVALID_ARGUMENT names the member that is wrong.
absl::StatusOr<PacLogonInfo> DecodePacLogonInfo(absl::string_view bytes);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_KERBEROS_PAC_LOGON_INFO_H_
