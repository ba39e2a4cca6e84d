#include "agent/caller/linux/ticket_authorization.h"

#include <utility>

namespace proctor {
namespace {

constexpr char kLogonInfoAttribute[] = "urn:mspac:logon-info";

}  // namespace

absl::StatusOr<absl::optional<PacLogonInfo>> ReadLogonInfo(const GssAcceptedClient& client) {
  gss_buffer_desc attribute = InputBuffer(kLogonInfoAttribute);
  GssBuffer value(&client.gss());
  GssBuffer display(&client.gss());
  OM_uint32 minor = 0;
  int authenticated = 0;
  int complete = 0;
  int more = -1;
  const OM_uint32 major =
      client.gss().gss_get_name_attribute(&minor, client.name(), &attribute, &authenticated,
                                          &complete, value.receive(), display.receive(), &more);
  // The usual answer is that there is no such attribute. There is none either of a PAC that the
  // library has not verified, or, in other versions of it, one that is not authenticated.
  if (major == GSS_S_COMPLETE ? authenticated == 0 : client.presented_logon_info()) {
    return absl::UnauthenticatedError("the agent's key has not signed it for this principal");
  }
  if (major != GSS_S_COMPLETE) return absl::nullopt;
  absl::StatusOr<PacLogonInfo> info = DecodePacLogonInfo(View(value));
  if (!info.ok()) return info.status();
  return absl::optional<PacLogonInfo>(*std::move(info));
}

}  // namespace proctor
