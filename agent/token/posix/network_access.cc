#include "agent/token/posix/network_access.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace proctor {
namespace {

constexpr char kCacheVariable[] = "KRB5CCNAME";

NetworkAccess None(std::string reason) {
  NetworkAccess access;
  access.described.set_kind(v1::NetworkCredentials::NO_CREDENTIALS);
  access.described.set_reason(std::move(reason));
  return access;
}

}  // namespace

NetworkAccess OwnNetworkAccess(const CallerToken& caller, absl::Time now) {
  NetworkAccess access;
  access.described = caller.authentication().network_credentials();
  access.delegated = std::static_pointer_cast<const DelegatedCredentials>(caller.delegated());
  if (access.delegated != nullptr && access.delegated->expires <= now) {
    return None(absl::StrCat("what the caller handed over ended at ",
                             absl::FormatTime(access.delegated->expires, absl::UTCTimeZone()),
                             ": get a new ticket and connect again"));
  }
  if (access.described.kind() == v1::NetworkCredentials::KIND_UNSPECIFIED) {
    return None("the way in which the caller authenticated hands over none");
  }
  return access;
}

NetworkAccess OthersNetworkAccess(const CallerToken& caller) {
  return None(absl::StrCat("the job runs as another user than its caller",
                           caller.delegated() == nullptr ? "" : ", whose credentials stay apart"));
}

NetworkAccess NetworkAccessWithin(const v1::Environment& environment, NetworkAccess access) {
  if (access.delegated == nullptr) return access;
  if (environment.variables().contains(kCacheVariable)) {
    return None("the environment names a credential cache of its own (KRB5CCNAME)");
  }
  const auto& unset = environment.unset();
  if (environment.base() == v1::Environment::EXACT ||
      std::find(unset.begin(), unset.end(), kCacheVariable) != unset.end()) {
    return None(
        "the environment is to be without KRB5CCNAME, which names the credentials: ask for the "
        "login environment");
  }
  return access;
}

}  // namespace proctor
