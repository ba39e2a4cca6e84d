#include "common/linux/presented_pac.h"

#include "common/linux/gss_handles.h"

namespace proctor {
namespace {

bool HasLogonInfo(const GssLibrary& gss, krb5_context kerberos, const krb5_authdata& data) {
  krb5_pac pac = nullptr;
  if (gss.krb5_pac_parse(kerberos, data.contents, data.length, &pac) != 0) return false;
  krb5_data info = {};
  const bool has = gss.krb5_pac_get_buffer(kerberos, pac, KRB5_PAC_LOGON_INFO, &info) == 0;
  gss.krb5_free_data_contents(kerberos, &info);
  gss.krb5_pac_free(kerberos, pac);
  return has;
}

}  // namespace

bool HasPresentedLogonInfo(const GssLibrary& gss, gss_ctx_id_t context) {
  // Realms wrap it: MS-PAC 2.1, AD-IF-RELEVANT.
  OM_uint32 minor = 0;
  GssBuffer bytes(&gss);
  const OM_uint32 major = gss.gsskrb5_extract_authz_data_from_sec_context(
      &minor, context, KRB5_AUTHDATA_IF_RELEVANT, bytes.receive());
  KerberosContext kerberos(&gss);
  if (GSS_ERROR(major) || gss.krb5_init_context(kerberos.receive()) != 0) return false;
  krb5_authdata wrapped = {KV5M_AUTHDATA, KRB5_AUTHDATA_IF_RELEVANT,
                           static_cast<unsigned>(bytes.get().length),
                           static_cast<krb5_octet*>(bytes.get().value)};
  krb5_authdata* const all[] = {&wrapped, nullptr};
  krb5_authdata** found = nullptr;
  if (gss.krb5_find_authdata(kerberos.get(), all, nullptr, KRB5_AUTHDATA_WIN2K_PAC, &found) != 0 ||
      found == nullptr) {
    return false;
  }
  const bool has = found[0] != nullptr && HasLogonInfo(gss, kerberos.get(), *found[0]);
  gss.krb5_free_authdata(kerberos.get(), found);
  return has;
}

}  // namespace proctor
