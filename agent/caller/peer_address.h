#ifndef PROCTOR_AGENT_CALLER_PEER_ADDRESS_H_
#define PROCTOR_AGENT_CALLER_PEER_ADDRESS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace proctor {

// The address in what gRPC calls a peer: "192.0.2.1" of "ipv4:192.0.2.1:51000", "::1" of
// "ipv6:%5B::1%5D:51000".
std::string PeerAddress(absl::string_view peer);

// What counts as one machine where strangers are bounded: the address, of IPv6 the network of 64
// bits, whose addresses one machine may all have: "2001:db8:0:0::/64".
std::string PeerNetwork(absl::string_view peer);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_PEER_ADDRESS_H_
