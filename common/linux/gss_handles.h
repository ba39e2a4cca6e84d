#ifndef PROCTOR_COMMON_LINUX_GSS_HANDLES_H_
#define PROCTOR_COMMON_LINUX_GSS_HANDLES_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "common/linux/gss_library.h"

namespace proctor {

// An object of the GSSAPI library's, released when it goes. Move-only. `gss` stays for ever.
template <typename T, auto Release>
class GssHandle {
 public:
  explicit GssHandle(const GssLibrary* gss) : gss_(gss) {}
  GssHandle(GssHandle&& other) noexcept
      : gss_(other.gss_), value_(std::exchange(other.value_, T())) {}
  GssHandle& operator=(GssHandle&& other) noexcept {
    std::swap(gss_, other.gss_);
    std::swap(value_, other.value_);
    return *this;
  }
  GssHandle(const GssHandle&) = delete;
  GssHandle& operator=(const GssHandle&) = delete;
  ~GssHandle() {
    if (gss_ != nullptr) Release(*gss_, &value_);
  }

  T get() const { return value_; }
  // For the library to fill in; what it holds must be nothing yet, or a context to go on with.
  T* receive() { return &value_; }
  // Given to somebody who will release it.
  T release() { return std::exchange(value_, T()); }

 private:
  const GssLibrary* gss_;
  T value_ = T();
};

inline void ReleaseGssName(const GssLibrary& gss, gss_name_t* name) {
  OM_uint32 minor = 0;
  if (*name != GSS_C_NO_NAME) gss.gss_release_name(&minor, name);
}
inline void ReleaseGssCredential(const GssLibrary& gss, gss_cred_id_t* credential) {
  OM_uint32 minor = 0;
  if (*credential != GSS_C_NO_CREDENTIAL) gss.gss_release_cred(&minor, credential);
}
inline void ReleaseGssContext(const GssLibrary& gss, gss_ctx_id_t* context) {
  OM_uint32 minor = 0;
  if (*context != GSS_C_NO_CONTEXT) {
    gss.gss_delete_sec_context(&minor, context, GSS_C_NO_BUFFER);
  }
}
inline void ReleaseGssBuffer(const GssLibrary& gss, gss_buffer_desc* buffer) {
  OM_uint32 minor = 0;
  if (buffer->value != nullptr) gss.gss_release_buffer(&minor, buffer);
}
inline void ReleaseKerberosContext(const GssLibrary& gss, krb5_context* context) {
  if (*context != nullptr) gss.krb5_free_context(*context);
}

using GssName = GssHandle<gss_name_t, ReleaseGssName>;
using GssCredential = GssHandle<gss_cred_id_t, ReleaseGssCredential>;
using GssContextHandle = GssHandle<gss_ctx_id_t, ReleaseGssContext>;
using GssBuffer = GssHandle<gss_buffer_desc, ReleaseGssBuffer>;
using KerberosContext = GssHandle<krb5_context, ReleaseKerberosContext>;

inline absl::string_view View(const GssBuffer& buffer) {
  return {static_cast<const char*>(buffer.get().value), buffer.get().length};
}
// For input only: the library does not write to it. `bytes` must outlive it.
inline gss_buffer_desc InputBuffer(absl::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_GSS_HANDLES_H_
