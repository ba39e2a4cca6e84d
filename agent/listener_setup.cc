#include "agent/listener_setup.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/caller/server_certificate.h"
#include "common/canonical_host_name.h"
#include "common/clock.h"

namespace proctor {

absl::StatusOr<std::unique_ptr<ListenerCertificate>> MakeListenerCertificate(
    const config::TlsConfig& config, const std::string& own_certificate,
    const std::string& own_key) {
  const bool given = !config.certificate_file().empty();
  const std::string& certificate_path = given ? config.certificate_file() : own_certificate;
  const std::string& key_path = given ? config.key_file() : own_key;
  absl::StatusOr<ServerCertificate> certificate =
      given ? ServerCertificate::Load(certificate_path, key_path)
            : ServerCertificate::LoadOrMake(certificate_path, key_path, FullHostName(),
                                            Clock::Real()->Now());
  if (!certificate.ok()) return certificate.status();
  return std::make_unique<ListenerCertificate>(*std::move(certificate), certificate_path, key_path);
}

absl::StatusOr<std::unique_ptr<NegotiateAcceptor>> MakeConfiguredAcceptor(
    const config::NegotiateConfig& config) {
  if (config.has_enabled() && !config.enabled()) return std::unique_ptr<NegotiateAcceptor>();
  NegotiateAcceptorOptions options;
  options.keytab = config.keytab();
  options.allow_ntlm = config.allow_ntlm();
  options.service_principal = config.service_principal().empty()
                                  ? absl::StrCat("proctor/", FullHostName())
                                  : config.service_principal();
  absl::StatusOr<std::unique_ptr<NegotiateAcceptor>> acceptor = MakeNegotiateAcceptor(options);
  const absl::Status usable = acceptor.ok() ? (*acceptor)->CheckUsable() : acceptor.status();
  if (usable.ok()) {
    spdlog::info("mechanism negotiate, for {}", (*acceptor)->service_principal());
    return acceptor;
  }
  if (config.enabled()) return usable;
  spdlog::info("no mechanism negotiate: {}", std::string(usable.message()));
  return std::unique_ptr<NegotiateAcceptor>();
}

}  // namespace proctor
