#include "common/linux/gss_error.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/linux/broken_configuration.h"
#include "common/linux/gss_handles.h"
#include "common/os_error_code.h"

namespace proctor {
namespace {

struct KnownError {
  krb5_error_code code;
  absl::StatusCode status;
  const char* name;
  // Of the library's message: it gives a code a number of its own when two mechanisms have had the
  // same one, and one code means several things. The first that fits counts.
  const char* text;
  const char* advice;
};

constexpr absl::StatusCode kUnauthenticated = absl::StatusCode::kUnauthenticated;
constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;
constexpr absl::StatusCode kPrecondition = absl::StatusCode::kFailedPrecondition;

constexpr char kGetTicket[] = "Get a ticket: kinit.";
constexpr char kNewTicket[] = "Get a new ticket: kinit.";
constexpr char kReachRealm[] =
    "See that the realm's key distribution centre can be reached and that krb5.conf or DNS names "
    "it.";
constexpr char kWhichService[] =
    "Call the agent by the name that its service principal proctor/HOST has, or give that "
    "principal (--spn); an administrator of the realm makes it.";
constexpr char kKeytab[] =
    "The agent's keytab is not that of the realm now. Export the key anew; callers with an old "
    "ticket get a new one with kinit.";
constexpr char kCache[] =
    "See whether the credential cache (klist) can be read, or use another: KRB5CCNAME=FILE:..., "
    "then kinit.";
constexpr char kKcm[] =
    "The credential cache is to be in a KCM server, and none runs here: start it (sssd-kcm), or "
    "use another cache: KRB5CCNAME=FILE:..., then kinit.";
constexpr char kEnctypes[] =
    "The two ends and the realm have no encryption type in common. Give the agent's account AES "
    "keys (Active Directory: msDS-SupportedEncryptionTypes) and export its keytab anew; "
    "permitted_enctypes of krb5.conf may keep one out.";
constexpr char kAccount[] =
    "The realm has disabled, locked or expired an account, yours or the agent's: ask its "
    "administrator.";
constexpr char kConfiguration[] =
    "Correct the Kerberos configuration (krb5.conf, or what KRB5_CONFIG names) or what it "
    "includes.";

#define PROCTOR_KRB5(code) code, #code
constexpr KnownError Known(krb5_error_code code, const char* name, absl::StatusCode status,
                           const char* text, const char* advice) {
  return {code, status, name, text, advice};
}

constexpr KnownError kKnownErrors[] = {
    Known(PROCTOR_KRB5(KRB5_KCM_NO_SERVER), kUnauthenticated, "No KCM server found", kKcm),
    Known(PROCTOR_KRB5(KRB5_FCC_NOFILE), kUnauthenticated, "No credentials cache found",
          kGetTicket),
    Known(PROCTOR_KRB5(KRB5_CC_NOTFOUND), kUnauthenticated, "No Kerberos credentials available",
          kGetTicket),
    Known(PROCTOR_KRB5(KRB5_CC_NOTFOUND), kUnauthenticated, "Matching credential not found",
          kGetTicket),
    Known(PROCTOR_KRB5(KRB5_FCC_PERM), kUnauthenticated, "Credentials cache permissions incorrect",
          kCache),
    Known(PROCTOR_KRB5(KRB5_CC_IO), kUnauthenticated, "Credentials cache I/O operation failed",
          kCache),
    Known(PROCTOR_KRB5(KRB5_CC_FORMAT), kUnauthenticated, "Bad format in credentials cache",
          kCache),
    Known(PROCTOR_KRB5(KRB5_CC_UNKNOWN_TYPE), kUnauthenticated, "Unknown credential cache type",
          kCache),
    Known(PROCTOR_KRB5(KRB5KRB_AP_ERR_TKT_EXPIRED), kUnauthenticated, "Ticket expired", kNewTicket),
    Known(PROCTOR_KRB5(KRB5KRB_AP_ERR_TKT_NYV), kUnauthenticated, "Ticket not yet valid",
          "Set the clocks of both machines."),
    Known(PROCTOR_KRB5(KRB5KRB_AP_ERR_SKEW), kUnauthenticated, "Clock skew too great",
          "The clocks of the two machines differ by more than Kerberos allows, usually five "
          "minutes: set them."),
    Known(PROCTOR_KRB5(KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN), kUnauthenticated, "Client '",
          "The realm does not know your principal any more: ask its administrator."),
    Known(PROCTOR_KRB5(KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN), kUnauthenticated,
          "not found in Kerberos database", kWhichService),
    Known(PROCTOR_KRB5(KRB5KDC_ERR_CLIENT_REVOKED), kUnauthenticated,
          "credentials have been revoked", kAccount),
    Known(PROCTOR_KRB5(KRB5KDC_ERR_POLICY), kUnauthenticated, "KDC policy rejects request",
          "A policy of the realm keeps your account from this service: ask its administrator."),
    Known(PROCTOR_KRB5(KRB5KDC_ERR_ETYPE_NOSUPP), kUnauthenticated,
          "KDC has no support for encryption type", kEnctypes),
    Known(PROCTOR_KRB5(KRB5_NOPERM_ETYPE), kUnauthenticated, "Encryption type ", kEnctypes),
    Known(PROCTOR_KRB5(KRB5_KDC_UNREACH), kUnavailable, "Cannot contact any KDC", kReachRealm),
    Known(PROCTOR_KRB5(KRB5_REALM_UNKNOWN), kUnavailable, "Cannot find KDC for realm", kReachRealm),
    Known(PROCTOR_KRB5(KRB5_REALM_CANT_RESOLVE), kUnavailable, "Cannot resolve", kReachRealm),
    Known(PROCTOR_KRB5(KRB5KRB_AP_ERR_REPEAT), kUnauthenticated, "Request is a replay",
          "The token was used before: somebody may have captured it."),
    Known(PROCTOR_KRB5(KRB5KRB_AP_WRONG_PRINC), kUnauthenticated, "Wrong principal in request",
          kWhichService),
    Known(PROCTOR_KRB5(KRB5_KT_NOTFOUND), kUnauthenticated, "Key table entry not found", kKeytab),
    Known(PROCTOR_KRB5(KRB5_KT_NOTFOUND), kUnauthenticated, "No key table entry found", kKeytab),
    Known(PROCTOR_KRB5(KRB5KRB_AP_ERR_NOKEY), kUnauthenticated, "not found in keytab", kKeytab),
    Known(PROCTOR_KRB5(KRB5KRB_AP_ERR_NOKEY), kUnauthenticated, "Cannot find key for", kKeytab),
    Known(PROCTOR_KRB5(KRB5_KT_KVNONOTFOUND), kUnauthenticated, "Key version", kKeytab),
    Known(PROCTOR_KRB5(KRB5KRB_AP_ERR_BADKEYVER), kUnauthenticated, "Specified version of key",
          kKeytab),
    Known(PROCTOR_KRB5(KRB5KRB_AP_ERR_NOT_US), kUnauthenticated, "Cannot decrypt ticket for",
          kKeytab),
    Known(PROCTOR_KRB5(KRB5KRB_AP_ERR_MODIFIED), kUnauthenticated, "Message stream modified",
          kKeytab),
    Known(PROCTOR_KRB5(KRB5KRB_AP_ERR_BAD_INTEGRITY), kUnauthenticated,
          "Decrypt integrity check failed", kKeytab),
    Known(PROCTOR_KRB5(KRB5_CONFIG_BADFORMAT), kPrecondition,
          "Improper format of Kerberos configuration", kConfiguration),
    Known(PROCTOR_KRB5(KRB5_CONFIG_CANTOPEN), kPrecondition,
          "Can't open/find Kerberos configuration", kConfiguration),
    Known(PROCTOR_KRB5(PROF_FAIL_INCLUDE_FILE), kPrecondition,
          "Included profile file could not be read", kConfiguration),
    Known(PROCTOR_KRB5(PROF_FAIL_INCLUDE_DIR), kPrecondition,
          "Included profile directory could not be read", kConfiguration),
};
#undef PROCTOR_KRB5

const KnownError* Find(krb5_error_code code, absl::string_view text) {
  const auto* by_text =
      std::find_if(std::begin(kKnownErrors), std::end(kKnownErrors),
                   [&](const KnownError& known) { return absl::StrContains(text, known.text); });
  if (by_text != std::end(kKnownErrors)) return by_text;
  const auto* by_code = std::find_if(std::begin(kKnownErrors), std::end(kKnownErrors),
                                     [&](const KnownError& known) { return known.code == code; });
  return by_code == std::end(kKnownErrors) ? nullptr : by_code;
}

std::string StatusText(const GssLibrary& gss, OM_uint32 code, int type, gss_OID mechanism) {
  std::string text;
  OM_uint32 more = 0;
  do {
    OM_uint32 minor = 0;
    GssBuffer message(&gss);
    const OM_uint32 major =
        gss.gss_display_status(&minor, code, type, mechanism, &more, message.receive());
    if (GSS_ERROR(major)) break;
    absl::StrAppend(&text, text.empty() ? "" : "; ", View(message));
  } while (more != 0);
  return text;
}

absl::Status Failure(absl::string_view call, absl::StatusCode status, krb5_error_code code,
                     absl::string_view name, absl::string_view subject, absl::string_view text,
                     absl::string_view advice) {
  v1::FailureDetail detail;
  detail.set_call(std::string(call));
  detail.set_os_error_code(code);
  detail.set_os_error_name(std::string(name));
  detail.set_subject(std::string(subject));
  detail.set_advice(std::string(advice));
  return WithFailureDetail(
      absl::Status(status, absl::StrCat(call, subject.empty() ? "" : " ", subject, ": ", text)),
      detail);
}

absl::Status Describe(const GssLibrary& gss, absl::string_view call, krb5_error_code code,
                      absl::string_view text, absl::string_view subject) {
  const KnownError* known = Find(code, text);
  if (known == nullptr) {
    // errno is among the codes.
    constexpr int kMaxErrno = 4095;
    return Failure(call, kUnauthenticated, code,
                   code > 0 && code <= kMaxErrno ? OsErrorName(code) : "", subject, text, "");
  }
  if (known->status == kPrecondition) {  // All of these are about the configuration.
    const BrokenConfiguration broken = FindBrokenConfiguration(gss);
    return Failure(call, known->status, known->code, known->name,
                   broken.file.empty() ? subject : broken.file,
                   broken.problem.empty() ? text : broken.problem, known->advice);
  }
  return Failure(call, known->status, known->code, known->name, subject, text, known->advice);
}

}  // namespace

absl::Status GssErrorStatus(const GssLibrary& gss, absl::string_view call, OM_uint32 major,
                            OM_uint32 minor, absl::string_view subject) {
  if (GSS_ROUTINE_ERROR(major) == GSS_S_BAD_BINDINGS) {
    v1::FailureDetail detail;
    detail.set_call(std::string(call));
    detail.set_os_error_name("GSS_S_BAD_BINDINGS");
    detail.set_advice("Somebody ends the TLS connection between the client and the agent.");
    return WithFailureDetail(
        absl::UnauthenticatedError("the client's token is bound to another TLS connection"),
        detail);
  }
  // Told without a code of the mechanism that would say so.
  if (GSS_ROUTINE_ERROR(major) == GSS_S_CREDENTIALS_EXPIRED) {
    return Describe(gss, call, KRB5KRB_AP_ERR_TKT_EXPIRED, "the ticket has expired", subject);
  }
  // With a failure of the call alone (a malformed token) there is no mechanism's code.
  std::string text = minor == 0 ? "" : StatusText(gss, minor, GSS_C_MECH_CODE, KerberosMechanism());
  if (text.empty() || absl::StartsWith(text, "Unknown")) {
    text = StatusText(gss, major, GSS_C_GSS_CODE, GSS_C_NO_OID);
  }
  return Describe(gss, call, static_cast<krb5_error_code>(minor), text, subject);
}

absl::Status KerberosErrorStatus(const GssLibrary& gss, absl::string_view call,
                                 krb5_context context, krb5_error_code code,
                                 absl::string_view subject) {
  const char* message = gss.krb5_get_error_message(context, code);
  const std::string text = message == nullptr ? "" : message;
  if (message != nullptr) gss.krb5_free_error_message(context, message);
  return Describe(gss, call, code, text, subject);
}

absl::Status KerberosFailure(absl::string_view call, krb5_error_code code, absl::string_view text,
                             absl::string_view advice) {
  const auto* known = std::find_if(std::begin(kKnownErrors), std::end(kKnownErrors),
                                   [code](const KnownError& error) { return error.code == code; });
  return Failure(call, kUnauthenticated, code, known == std::end(kKnownErrors) ? "" : known->name,
                 "", text, advice);
}

}  // namespace proctor
