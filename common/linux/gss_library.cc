#include "common/linux/gss_library.h"

#include <dlfcn.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"

namespace proctor {
namespace {

// libkrb5 comes with it.
constexpr char kLibrary[] = "libgssapi_krb5.so.2";

absl::Status Missing(const char* call) {
  const char* text = ::dlerror();
  v1::FailureDetail detail;
  detail.set_call(call);
  detail.set_subject(kLibrary);
  detail.set_advice("Install MIT Kerberos' libraries (Debian: libgssapi-krb5-2).");
  return WithFailureDetail(absl::FailedPreconditionError(absl::StrCat(
                               "no Kerberos here: ", text == nullptr ? kLibrary : text)),
                           detail);
}

absl::StatusOr<GssLibrary> LoadOnce() {
  void* const library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return Missing("dlopen");
  GssLibrary gss;
#define PROCTOR_GSS_LOAD(name)                                              \
  gss.name = reinterpret_cast<decltype(gss.name)>(::dlsym(library, #name)); \
  if (gss.name == nullptr) return Missing("dlsym");
  PROCTOR_GSS_FUNCTIONS(PROCTOR_GSS_LOAD)
#undef PROCTOR_GSS_LOAD
  return gss;
}

// The API takes no const.
gss_OID_desc Oid(const char* bytes, OM_uint32 size) { return {size, const_cast<char*>(bytes)}; }

}  // namespace

absl::StatusOr<const GssLibrary*> GssLibrary::Load() {
  static const absl::StatusOr<GssLibrary>* const loaded =
      new absl::StatusOr<GssLibrary>(LoadOnce());
  if (!loaded->ok()) return loaded->status();
  return &**loaded;
}

gss_OID KerberosMechanism() {
  static gss_OID_desc oid = Oid("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02", 9);
  return &oid;
}

gss_OID SpnegoMechanism() {
  static gss_OID_desc oid = Oid("\x2b\x06\x01\x05\x05\x02", 6);
  return &oid;
}

gss_OID PrincipalNameType() {
  static gss_OID_desc oid = Oid("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01", 10);
  return &oid;
}

}  // namespace proctor
