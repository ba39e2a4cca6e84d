#ifndef PROCTOR_CLIENT_CLI_TRUST_TEXT_H_
#define PROCTOR_CLIENT_CLI_TRUST_TEXT_H_

#include <string>

#include "client/trust_policy.h"

namespace proctor::cli {

// "an authority of --ca", "its pin", "proof in the handshake"
std::string TrustText(const TrustPolicy& trust);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_TRUST_TEXT_H_
