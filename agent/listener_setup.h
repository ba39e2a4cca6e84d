#ifndef PROCTOR_AGENT_LISTENER_SETUP_H_
#define PROCTOR_AGENT_LISTENER_SETUP_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/caller/listener_certificate.h"
#include "common/negotiate_context.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// What the configuration says of the TLS listener, made; the same on all platforms.

// The configured certificate, or the one in these files, which is made at first start.
absl::StatusOr<std::unique_ptr<ListenerCertificate>> MakeListenerCertificate(
    const config::TlsConfig& config, const std::string& own_certificate,
    const std::string& own_key);

// Null when "negotiate" is switched off, or when there is nothing to accept with and the
// configuration does not insist; the log says why.
absl::StatusOr<std::unique_ptr<NegotiateAcceptor>> MakeConfiguredAcceptor(
    const config::NegotiateConfig& config);

}  // namespace proctor

#endif  // PROCTOR_AGENT_LISTENER_SETUP_H_
