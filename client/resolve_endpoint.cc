#include "client/resolve_endpoint.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/left_behind.h"
#include "common/host_addresses.h"

namespace proctor {

absl::StatusOr<std::string> ResolveEndpoint(const std::string& endpoint,
                                            const OpeningTerms& terms) {
  using Addresses = std::vector<std::string>;
  const size_t colon = endpoint.rfind(':');
  absl::string_view host = absl::string_view(endpoint).substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  terms.on_awaiting({absl::StrCat("the address of ", host),
                     absl::UnavailableError(absl::StrCat("no connection to ", endpoint,
                                                         " in time: the name service has not told "
                                                         "its address"))});
  const absl::StatusOr<Addresses> addresses =
      CallUntil<Addresses>(terms.stop, [name = std::string(host)] { return HostAddresses(name); });
  if (absl::IsCancelled(addresses.status())) return addresses.status();
  if (!addresses.ok()) {
    return absl::UnavailableError(
        absl::StrCat("cannot connect to ", endpoint, ": ", addresses.status().message()));
  }
  return TargetOfAddresses(*addresses, endpoint.substr(colon + 1));
}

std::string TargetOfAddresses(const std::vector<std::string>& addresses, absl::string_view port) {
  // In a URI (RFC 3986) brackets and the mark of a zone are written as numbers.
  const auto with_port = [port](std::string* out, const std::string& one) {
    absl::StrAppend(out, "%5B", absl::StrReplaceAll(one, {{"%", "%25"}}), "%5D:", port);
  };
  return absl::StrCat("ipv6:", absl::StrJoin(addresses, ",", with_port));
}

}  // namespace proctor
