#ifndef PROCTOR_AGENT_LOGON_PAM_SERVICE_H_
#define PROCTOR_AGENT_LOGON_PAM_SERVICE_H_

#include <string>

#include "absl/status/status.h"
#include "common/linux/seqpacket_socket.h"
#include "proctor/jobhost/pam_helper.pb.h"

namespace proctor::logon {

// Serves the one request that comes over `socket`, until the other end has closed it. Blocks.
// `config_directory`: where services' files are; empty: where PAM looks for them.
absl::Status ServePamRequest(const SeqpacketSocket& socket, const std::string& config_directory);

}  // namespace proctor::logon

#endif  // PROCTOR_AGENT_LOGON_PAM_SERVICE_H_
