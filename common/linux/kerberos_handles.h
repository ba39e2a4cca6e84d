#ifndef PROCTOR_COMMON_LINUX_KERBEROS_HANDLES_H_
#define PROCTOR_COMMON_LINUX_KERBEROS_HANDLES_H_

#include <utility>

#include "common/linux/gss_library.h"

namespace proctor {

// An object of libkrb5's, released when it goes. Move-only. The context must outlive it.
template <typename T, auto Release>
class KerberosHandle {
 public:
  KerberosHandle(const GssLibrary* gss, krb5_context context) : gss_(gss), context_(context) {}
  KerberosHandle(KerberosHandle&& other) noexcept
      : gss_(other.gss_), context_(other.context_), value_(std::exchange(other.value_, T())) {}
  KerberosHandle& operator=(KerberosHandle&&) = delete;
  KerberosHandle(const KerberosHandle&) = delete;
  KerberosHandle& operator=(const KerberosHandle&) = delete;
  ~KerberosHandle() {
    if (value_ != T()) Release(*gss_, context_, value_);
  }

  T get() const { return value_; }
  // For the library to fill in; nothing is held yet.
  T* receive() { return &value_; }

 private:
  const GssLibrary* gss_;
  krb5_context context_;
  T value_ = T();
};

inline void FreePrincipal(const GssLibrary& gss, krb5_context context, krb5_principal principal) {
  gss.krb5_free_principal(context, principal);
}
inline void CloseCache(const GssLibrary& gss, krb5_context context, krb5_ccache cache) {
  gss.krb5_cc_close(context, cache);
}
inline void DestroyCache(const GssLibrary& gss, krb5_context context, krb5_ccache cache) {
  gss.krb5_cc_destroy(context, cache);
}
inline void FreeCredentials(const GssLibrary& gss, krb5_context context, krb5_creds* credentials) {
  gss.krb5_free_creds(context, credentials);
}
inline void FreeTicket(const GssLibrary& gss, krb5_context context, krb5_ticket* ticket) {
  gss.krb5_free_ticket(context, ticket);
}

using KerberosPrincipal = KerberosHandle<krb5_principal, FreePrincipal>;
using KerberosCache = KerberosHandle<krb5_ccache, CloseCache>;
using KerberosTemporaryCache = KerberosHandle<krb5_ccache, DestroyCache>;
using KerberosCredentials = KerberosHandle<krb5_creds*, FreeCredentials>;
using KerberosTicket = KerberosHandle<krb5_ticket*, FreeTicket>;

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_KERBEROS_HANDLES_H_
