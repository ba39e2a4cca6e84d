#ifndef PROCTOR_COMMON_LINUX_GSS_LIBRARY_H_
#define PROCTOR_COMMON_LINUX_GSS_LIBRARY_H_

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5/krb5.h>
#include <profile.h>

#include "absl/status/statusor.h"

namespace proctor {

// The functions of MIT's libgssapi_krb5 and libkrb5 that are called. The library is loaded when it
// is first needed, and not linked: it costs a command more than a millisecond, and machines without
// Kerberos need not have it.
#define PROCTOR_GSS_FUNCTIONS(X)                 \
  X(gss_accept_sec_context)                      \
  X(gss_acquire_cred)                            \
  X(gss_acquire_cred_from)                       \
  X(gss_delete_sec_context)                      \
  X(gss_display_name)                            \
  X(gss_display_status)                          \
  X(gss_get_mic)                                 \
  X(gss_get_name_attribute)                      \
  X(gss_import_name)                             \
  X(gss_init_sec_context)                        \
  X(gss_inquire_context)                         \
  X(gss_inquire_cred)                            \
  X(gss_localname)                               \
  X(gss_release_buffer)                          \
  X(gss_release_cred)                            \
  X(gss_release_name)                            \
  X(gss_store_cred_into)                         \
  X(gss_verify_mic)                              \
  X(gsskrb5_extract_authz_data_from_sec_context) \
  X(krb5_cc_close)                               \
  X(krb5_cc_default)                             \
  X(krb5_cc_destroy)                             \
  X(krb5_cc_end_seq_get)                         \
  X(krb5_cc_get_full_name)                       \
  X(krb5_cc_get_principal)                       \
  X(krb5_cc_initialize)                          \
  X(krb5_cc_new_unique)                          \
  X(krb5_cc_next_cred)                           \
  X(krb5_cc_retrieve_cred)                       \
  X(krb5_cc_select)                              \
  X(krb5_cc_start_seq_get)                       \
  X(krb5_cc_store_cred)                          \
  X(krb5_decode_ticket)                          \
  X(krb5_enctype_to_name)                        \
  X(krb5_find_authdata)                          \
  X(krb5_free_authdata)                          \
  X(krb5_free_context)                           \
  X(krb5_free_cred_contents)                     \
  X(krb5_free_creds)                             \
  X(krb5_free_data)                              \
  X(krb5_free_data_contents)                     \
  X(krb5_free_default_realm)                     \
  X(krb5_free_error)                             \
  X(krb5_free_error_message)                     \
  X(krb5_free_host_realm)                        \
  X(krb5_free_keytab_entry_contents)             \
  X(krb5_free_principal)                         \
  X(krb5_free_string)                            \
  X(krb5_free_ticket)                            \
  X(krb5_free_unparsed_name)                     \
  X(krb5_get_credentials)                        \
  X(krb5_get_default_realm)                      \
  X(krb5_get_error_message)                      \
  X(krb5_get_host_realm)                         \
  X(krb5_get_profile)                            \
  X(krb5_init_context)                           \
  X(krb5_kt_close)                               \
  X(krb5_kt_default)                             \
  X(krb5_kt_end_seq_get)                         \
  X(krb5_kt_get_name)                            \
  X(krb5_kt_next_entry)                          \
  X(krb5_kt_resolve)                             \
  X(krb5_kt_start_seq_get)                       \
  X(krb5_marshal_credentials)                    \
  X(krb5_pac_free)                               \
  X(krb5_pac_get_buffer)                         \
  X(krb5_pac_parse)                              \
  X(krb5_parse_name)                             \
  X(krb5_rd_error)                               \
  X(krb5_set_kdc_recv_hook)                      \
  X(krb5_set_kdc_send_hook)                      \
  X(krb5_set_trace_callback)                     \
  X(krb5_unparse_name)                           \
  X(profile_get_boolean)                         \
  X(profile_get_integer)                         \
  X(profile_init_path)                           \
  X(profile_release)

// Under their own names: gss.gss_import_name(...).
struct GssLibrary {
// A member's name cannot stand in parentheses. NOLINTNEXTLINE(bugprone-macro-parentheses)
#define PROCTOR_GSS_MEMBER(name) decltype(&::name) name = nullptr;
  PROCTOR_GSS_FUNCTIONS(PROCTOR_GSS_MEMBER)
#undef PROCTOR_GSS_MEMBER

  // Loads it at the first call; stays for the life of the process. FAILED_PRECONDITION, with
  // advice, where it is not installed. Thread-safe.
  static absl::StatusOr<const GssLibrary*> Load();
};

// Object identifiers; the library's own are variables of the library. RFC 2743, 4178, 1964.
gss_OID KerberosMechanism();
gss_OID SpnegoMechanism();
gss_OID PrincipalNameType();

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_GSS_LIBRARY_H_
