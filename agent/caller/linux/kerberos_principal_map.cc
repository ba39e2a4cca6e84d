#include "agent/caller/linux/kerberos_principal_map.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <vector>

#include "common/linux/gss_error.h"
#include "common/os_error.h"
#include "common/proto_time.h"

namespace proctor {
namespace {

constexpr size_t kMaxEntryBytes = 1 << 20;

absl::StatusOr<std::vector<gid_t>> GroupsOf(const std::string& name, gid_t gid) {
  std::vector<gid_t> groups(64);
  while (true) {
    int count = static_cast<int>(groups.size());
    const int found = ::getgrouplist(name.c_str(), gid, groups.data(), &count);
    if (found >= 0) {
      groups.resize(static_cast<size_t>(count));
      return groups;
    }
    // It says how many there are.
    if (count <= static_cast<int>(groups.size())) {
      return absl::InternalError("getgrouplist gives neither groups nor their number");
    }
    groups.resize(static_cast<size_t>(count));
  }
}

}  // namespace

absl::StatusOr<std::string> KerberosPrincipalMap::LocalName(const GssAcceptedClient& client) {
  OM_uint32 minor = 0;
  GssBuffer name(&client.gss());
  const OM_uint32 major =
      client.gss().gss_localname(&minor, client.name(), KerberosMechanism(), name.receive());
  if (major == GSS_S_COMPLETE) return std::string(View(name));
  const auto code = static_cast<krb5_error_code>(minor);
  if (GSS_ROUTINE_ERROR(major) == GSS_S_UNAVAILABLE || code == KRB5_LNAME_NOTRANS ||
      code == KRB5_NO_LOCALNAME || code == KRB5_PLUGIN_NO_HANDLE) {
    return std::string();
  }
  return GssErrorStatus(client.gss(), "gss_localname", major, minor);
}

absl::Status KerberosPrincipalMap::LookUp(const std::string& name, v1::Principal* principal) {
  std::vector<char> buffer(4096);
  passwd entry;
  passwd* found = nullptr;
  int error;
  while ((error = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found)) ==
             ERANGE &&
         buffer.size() < kMaxEntryBytes) {
    buffer.resize(buffer.size() * 2);
  }
  // Some name services tell that there is no entry by an error.
  if (error == ENOENT || error == ESRCH) return absl::OkStatus();
  if (error != 0) return OsErrorStatus("getpwnam_r", error, name);
  if (found == nullptr) return absl::OkStatus();
  const absl::StatusOr<std::vector<gid_t>> groups = GroupsOf(name, found->pw_gid);
  if (!groups.ok()) return groups.status();
  principal->set_name(found->pw_name);
  principal->mutable_posix()->set_uid(found->pw_uid);
  principal->mutable_posix()->set_gid(found->pw_gid);
  principal->mutable_posix()->mutable_groups()->Add(groups->begin(), groups->end());
  return absl::OkStatus();
}

absl::StatusOr<AnonymousCaller> KerberosPrincipalMap::Describe(
    const NegotiateFacts& facts, std::unique_ptr<NegotiatedClient> client) {
  const auto& accepted = static_cast<const GssAcceptedClient&>(*client);
  AnonymousCaller caller;
  caller.call = "gss_accept_sec_context, gss_localname";
  const absl::StatusOr<std::string> name = LocalName(accepted);
  if (!name.ok()) return name.status();
  if (!name->empty()) {
    if (absl::Status looked_up = LookUp(*name, &caller.credentials); !looked_up.ok()) {
      return looked_up;
    }
  }
  if (!caller.credentials.has_posix()) {
    caller.credentials.set_name(facts.client_principal);
    caller.credentials.mutable_kerberos()->set_principal(facts.client_principal);
  }
  caller.credentials.mutable_domain()->set_principal(facts.client_principal);
  v1::AuthenticationContext& how = caller.authentication;
  how.set_mechanism("Kerberos (Negotiate, GSSAPI)");
  how.set_level(caller.credentials.has_posix() ? v1::PRIMARY : v1::IDENTIFICATION);
  how.set_channel_bound(facts.channel_bound);
  how.set_service_principal(facts.service_principal);
  if (facts.expires != absl::InfiniteFuture()) {
    SetTimestampProto(facts.expires, how.mutable_expires());
  }
  how.mutable_network_credentials()->set_kind(v1::NetworkCredentials::NO_CREDENTIALS);
  how.mutable_network_credentials()->set_reason(
      facts.delegated ? "the agent does not keep delegated credentials"
                      : "the client did not hand over its credentials (--delegate)");
  return caller;
}

}  // namespace proctor
