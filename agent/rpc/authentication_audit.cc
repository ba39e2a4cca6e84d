#include "agent/rpc/authentication_audit.h"

#include <spdlog/spdlog.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "agent/caller/refusal_reason.h"

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
  spdlog::info("authenticated {} by {} from {} ({}), for {}", caller.principal()->ToString(),
               caller.mechanism(), std::string(peer), Flags(caller.authentication()),
               absl::FormatDuration(life));
}

void AuditSessionRefused(absl::string_view mechanism, absl::string_view peer,
                         const absl::Status& status) {
  const RefusalReason reason =
      GetRefusalReason(status).value_or(RefusalReason{"", std::string(status.message())});
  spdlog::warn("refused {} by {} from {}: {}: {}",
               reason.principal.empty() ? "a caller" : Quoted(reason.principal),
               mechanism.empty() ? "no mechanism" : std::string(mechanism), std::string(peer),
               absl::StatusCodeToString(status.code()), absl::Utf8SafeCHexEscape(reason.reason));
}

}  // namespace proctor
