#ifndef PROCTOR_CLIENT_LOGON_OPTIONS_H_
#define PROCTOR_CLIENT_LOGON_OPTIONS_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/secret_bytes.h"
#include "proctor/v1/authentication.pb.h"

namespace proctor {

// A logon with user and password.
struct LogonOptions {
  std::string user;
  // "." or empty: the machine's own accounts. An agent on Linux takes it for one name with the
  // user, "DOMAIN\user".
  std::string domain;
  v1::LogonType type = v1::BATCH_LOGON;
  // Asked for each session that is opened, renewals included, and never before the certificate at
  // the other end is known to be the agent's. By one thread at a time, which is the client's own;
  // may block, and nothing but a call's own deadline bounds that.
  std::function<absl::StatusOr<SecretBytes>()> password;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_LOGON_OPTIONS_H_
