#include "agent/rpc/authentication_audit.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "agent/caller/peer_address.h"
#include "agent/caller/refusal_reason.h"
#include "common/log.h"

namespace proctor {
namespace {

constexpr size_t kMaxText = 256;

// Of strangers: must not look like a line of ours, nor fill the log.
std::string Quoted(absl::string_view text) {
  return absl::StrCat("'", absl::Utf8SafeCHexEscape(text.substr(0, kMaxText)), "'");
}

std::string Flags(const v1::AuthenticationContext& context) {
  std::string flags = context.channel_bound() ? "bound" : "not bound";
  if (context.network_credentials().kind() == v1::NetworkCredentials::DELEGATED) {
    flags += ", delegated";
  }
  return flags;
}

}  // namespace

void AuditSessionOpened(const CallerToken& caller, absl::string_view peer, absl::Duration life) {
  LogInfo("authenticated ", caller.principal()->ToString(), " by ", caller.mechanism(), " from ",
          peer, " (", Flags(caller.authentication()), "), for ", absl::FormatDuration(life));
}

void AuditSessionRefused(absl::string_view mechanism, absl::string_view peer,
                         const absl::Status& status) {
  const RefusalReason reason =
      GetRefusalReason(status).value_or(RefusalReason{"", std::string(status.message())});
  LogRepeated(LogLevel::kWarning, "refused a session", PeerNetwork(peer), "refused ",
              reason.principal.empty() ? "a caller" : Quoted(reason.principal), " by ",
              mechanism.empty() ? "no mechanism" : std::string(mechanism), " from ", peer, ": ",
              absl::StatusCodeToString(status.code()), ": ",
              absl::Utf8SafeCHexEscape(reason.reason));
}

}  // namespace proctor
