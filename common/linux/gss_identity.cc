#include "common/linux/gss_error.h"
#include "common/linux/gss_handles.h"
#include "common/negotiate_context.h"

namespace proctor {
namespace {

// "FILE:/tmp/krb5cc_1000"; empty when it cannot be told.
std::string DefaultCacheName(const GssLibrary& gss) {
  KerberosContext context(&gss);
  krb5_ccache cache = nullptr;
  char* name = nullptr;
  if (gss.krb5_init_context(context.receive()) != 0) return "";
  if (gss.krb5_cc_default(context.get(), &cache) != 0) return "";
  std::string text;
  if (gss.krb5_cc_get_full_name(context.get(), cache, &name) == 0) {
    text = name;
    gss.krb5_free_string(context.get(), name);
  }
  gss.krb5_cc_close(context.get(), cache);
  return text;
}

}  // namespace

absl::StatusOr<NegotiateIdentity> ReadNegotiateIdentity() {
  const absl::StatusOr<const GssLibrary*> loaded = GssLibrary::Load();
  if (!loaded.ok()) return loaded.status();
  const GssLibrary& gss = **loaded;
  NegotiateIdentity identity;
  identity.source = DefaultCacheName(gss);
  gss_OID_set_desc mechanisms = {1, KerberosMechanism()};
  OM_uint32 minor = 0;
  OM_uint32 lifetime = 0;
  GssCredential credential(&gss);
  OM_uint32 major = gss.gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms,
                                         GSS_C_INITIATE, credential.receive(), nullptr, &lifetime);
  // Of a credential that has expired gss_inquire_cred loses the name.
  if (major == GSS_S_COMPLETE && lifetime == 0) major = GSS_S_CREDENTIALS_EXPIRED;
  if (GSS_ERROR(major)) {
    return GssErrorStatus(gss, "gss_acquire_cred", major, minor, identity.source);
  }
  GssName name(&gss);
  major =
      gss.gss_inquire_cred(&minor, credential.get(), name.receive(), &lifetime, nullptr, nullptr);
  if (GSS_ERROR(major)) {
    return GssErrorStatus(gss, "gss_inquire_cred", major, minor, identity.source);
  }
  GssBuffer text(&gss);
  major = gss.gss_display_name(&minor, name.get(), text.receive(), nullptr);
  if (GSS_ERROR(major)) return GssErrorStatus(gss, "gss_display_name", major, minor);
  identity.principal = std::string(View(text));
  if (lifetime != GSS_C_INDEFINITE) identity.expires = absl::Now() + absl::Seconds(lifetime);
  return identity;
}

}  // namespace proctor
