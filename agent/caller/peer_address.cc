#include "agent/caller/peer_address.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
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

std::string PeerNetwork(absl::string_view peer) {
  const std::string address = PeerAddress(peer);
  if (!absl::StrContains(address, ':')) return address;
  // RFC 4291, 2.2; without the zone, and an IPv4 address inside is one.
  const absl::string_view text = absl::string_view(address).substr(0, address.find('%'));
  if (absl::StrContains(text, '.')) return std::string(text.substr(text.rfind(':') + 1));
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(text, absl::MaxSplits("::", 1));
  std::vector<absl::string_view> groups = absl::StrSplit(halves.first, ':', absl::SkipEmpty());
  const std::vector<absl::string_view> last = absl::StrSplit(halves.second, ':', absl::SkipEmpty());
  constexpr size_t kGroups = 8;
  constexpr size_t kNetworkGroups = 4;
  groups.resize(std::max(groups.size(), kGroups - std::min(kGroups, last.size())), "0");
  groups.insert(groups.end(), last.begin(), last.end());
  groups.resize(kNetworkGroups, "0");
  return absl::StrCat(absl::StrJoin(groups, ":"), "::/64");
}

}  // namespace proctor
