#ifndef PROCTOR_CLIENT_RESOLVE_ENDPOINT_H_
#define PROCTOR_CLIENT_RESOLVE_ENDPOINT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/awaited.h"

namespace proctor {

// gRPC's target for "HOST:PORT": the addresses that the system has for the host. gRPC's own
// resolver looks a name of the file of hosts up in DNS as well, and cannot be interrupted there.
// UNAVAILABLE when the host has no address, CANCELLED soon after `terms.stop`.
absl::StatusOr<std::string> ResolveEndpoint(const std::string& endpoint, const OpeningTerms& terms);

// The same for addresses as HostAddresses gives them, in their order.
std::string TargetOfAddresses(const std::vector<std::string>& addresses, absl::string_view port);

}  // namespace proctor

#endif  // PROCTOR_CLIENT_RESOLVE_ENDPOINT_H_
