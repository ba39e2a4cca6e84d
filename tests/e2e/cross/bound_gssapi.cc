// Preloaded into Wine: makes its Kerberos do what Windows' does and Wine's does not, namely pass on
// the channel bindings. Wine looks the functions of the host's GSSAPI up by name, so that is where
// one of them is replaced. PROCTOR_TEST_BINDING holds the "tls-server-end-point" hash in
// hexadecimal digits; without it nothing is changed.

#include <dlfcn.h>
#include <gssapi/gssapi.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace {

using DlsymFunction = void* (*)(void*, const char*);
using InitFunction = decltype(&::gss_init_sec_context);

InitFunction real_init = nullptr;

std::string BytesOf(const char* digits) {
  std::string bytes;
  for (; digits[0] != '\0' && digits[1] != '\0'; digits += 2) {
    const char byte[] = {digits[0], digits[1], '\0'};
    bytes += static_cast<char>(std::strtol(byte, nullptr, 16));
  }
  return bytes;
}

OM_uint32 InitBound(OM_uint32* minor, gss_cred_id_t credential, gss_ctx_id_t* context,
                    gss_name_t target, gss_OID mechanism, OM_uint32 flags, OM_uint32 time,
                    gss_channel_bindings_t bindings, gss_buffer_t input, gss_OID* actual,
                    gss_buffer_t output, OM_uint32* returned, OM_uint32* valid) {
  const char* const binding = std::getenv("PROCTOR_TEST_BINDING");
  gss_channel_bindings_struct own = {};
  std::string data;
  if (binding != nullptr) {
    data = "tls-server-end-point:" + BytesOf(binding);
    own.application_data.value = data.data();
    own.application_data.length = data.size();
    bindings = &own;
  }
  return real_init(minor, credential, context, target, mechanism, flags, time, bindings, input,
                   actual, output, returned, valid);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) void* dlsym(void* handle, const char* name) {
  // Its own name cannot be looked up with itself.
  static const auto real =
      reinterpret_cast<DlsymFunction>(::dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5"));
  void* const found = real(handle, name);
  if (found == nullptr || std::strcmp(name, "gss_init_sec_context") != 0) return found;
  real_init = reinterpret_cast<InitFunction>(found);
  return reinterpret_cast<void*>(&InitBound);
}
