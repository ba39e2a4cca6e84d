#ifndef PROCTOR_COMMON_HOST_ADDRESSES_H_
#define PROCTOR_COMMON_HOST_ADDRESSES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace proctor {

// The addresses of `host`, a name or an address, from all that the system looks names up in (its
// file of hosts, DNS), in the order in which they are to be tried; not empty. All are IPv6's:
// "2001:db8::1", "fe80::1%eth0", and "::ffff:192.0.2.1" for one of IPv4. UNAVAILABLE without, with
// the system's reason. Blocks on the name service.
absl::StatusOr<std::vector<std::string>> HostAddresses(const std::string& host);

}  // namespace proctor

#endif  // PROCTOR_COMMON_HOST_ADDRESSES_H_
