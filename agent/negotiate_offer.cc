#include "agent/negotiate_offer.h"

#include "absl/strings/str_cat.h"
#include "common/canonical_host_name.h"
#include "common/log.h"

namespace proctor {

NegotiateAcceptorOptions AcceptorOptionsOf(const config::NegotiateConfig& config) {
  NegotiateAcceptorOptions options;
  options.keytab = config.keytab();
  options.service_principal = config.service_principal().empty()
                                  ? absl::StrCat("proctor/", FullHostName())
                                  : config.service_principal();
  options.allow_ntlm = config.allow_ntlm();
  return options;
}

absl::StatusOr<std::unique_ptr<NegotiateOffer>> NegotiateOffer::Make(
    const config::NegotiateConfig& config, std::unique_ptr<PrincipalMap> map, const Parts& parts) {
  if (config.has_enabled() && !config.enabled()) return std::unique_ptr<NegotiateOffer>();
  absl::StatusOr<std::unique_ptr<NegotiateAcceptor>> acceptor =
      MakeNegotiateAcceptor(AcceptorOptionsOf(config));
  const absl::Status usable = acceptor.ok() ? (*acceptor)->CheckUsable() : acceptor.status();
  if (!usable.ok()) {
    if (config.enabled()) return usable;
    LogInfo("no mechanism negotiate: ", usable.message());
    return std::unique_ptr<NegotiateOffer>();
  }
  std::unique_ptr<NegotiateOffer> offer(
      new NegotiateOffer(*std::move(acceptor), std::move(map), parts));
  LogInfo("mechanism negotiate, for ", offer->service_principal());
  return offer;
}

}  // namespace proctor
