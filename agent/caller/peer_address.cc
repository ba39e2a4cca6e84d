#include "agent/caller/peer_address.h"

#include "absl/strings/strip.h"

namespace proctor {

std::string PeerAddress(absl::string_view peer) {
  peer = peer.substr(0, peer.rfind(':'));
  absl::ConsumePrefix(&peer, "ipv4:");
  if (absl::ConsumePrefix(&peer, "ipv6:")) {
    absl::ConsumePrefix(&peer, "%5B");
    absl::ConsumeSuffix(&peer, "%5D");
    absl::ConsumePrefix(&peer, "[");
    absl::ConsumeSuffix(&peer, "]");
  }
  return std::string(peer);
}

}  // namespace proctor
