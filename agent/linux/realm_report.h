#ifndef PROCTOR_AGENT_LINUX_REALM_REPORT_H_
#define PROCTOR_AGENT_LINUX_REALM_REPORT_H_

#include <string>
#include <vector>

#include "common/realm_check.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// For administrators: whether and with what the agent would accept callers of a realm, and which
// account of this machine `principal` ("alice@EXAMPLE.COM"; empty: none) would be. What only a
// ticket's PAC and PAM say of it is not asked, and that is told. Blocks on the name service.
std::vector<RealmFinding> ReportRealm(const config::AgentConfig& config,
                                      const std::string& principal);

}  // namespace proctor

#endif  // PROCTOR_AGENT_LINUX_REALM_REPORT_H_
