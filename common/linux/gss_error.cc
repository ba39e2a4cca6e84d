#include "common/linux/gss_error.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/linux/gss_handles.h"

namespace proctor {
namespace {

struct KnownError {
  krb5_error_code code;
  absl::StatusCode status;
  const char* name;
  // Of the library's message: it gives a code a number of its own when two mechanisms have had the
  // same one.
  const char* text;
  const char* advice;
};

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

constexpr KnownError kKnownErrors[] = {
    {KRB5_FCC_NOFILE, absl::StatusCode::kUnauthenticated, "KRB5_FCC_NOFILE",
     "No Kerberos credentials available", kGetTicket},
    {KRB5_CC_NOTFOUND, absl::StatusCode::kUnauthenticated, "KRB5_CC_NOTFOUND",
     "Matching credential not found", kGetTicket},
    {KRB5KRB_AP_ERR_TKT_EXPIRED, absl::StatusCode::kUnauthenticated, "KRB5KRB_AP_ERR_TKT_EXPIRED",
     "Ticket expired", kNewTicket},
    {KRB5KRB_AP_ERR_TKT_NYV, absl::StatusCode::kUnauthenticated, "KRB5KRB_AP_ERR_TKT_NYV",
     "Ticket not yet valid", "Set the clocks of both machines."},
    {KRB5KRB_AP_ERR_SKEW, absl::StatusCode::kUnauthenticated, "KRB5KRB_AP_ERR_SKEW",
     "Clock skew too great",
     "The clocks of the two machines differ by more than Kerberos allows, usually five minutes: "
     "set them."},
    {KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, absl::StatusCode::kUnauthenticated,
     "KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN", "not found in Kerberos database", kWhichService},
    {KRB5_KDC_UNREACH, absl::StatusCode::kUnavailable, "KRB5_KDC_UNREACH", "Cannot contact any KDC",
     kReachRealm},
    {KRB5_REALM_UNKNOWN, absl::StatusCode::kUnavailable, "KRB5_REALM_UNKNOWN",
     "Cannot find KDC for realm", kReachRealm},
    {KRB5_REALM_CANT_RESOLVE, absl::StatusCode::kUnavailable, "KRB5_REALM_CANT_RESOLVE",
     "Cannot resolve", kReachRealm},
    {KRB5KRB_AP_ERR_REPEAT, absl::StatusCode::kUnauthenticated, "KRB5KRB_AP_ERR_REPEAT",
     "Request is a replay", "The token was used before: somebody may have captured it."},
    {KRB5KRB_AP_WRONG_PRINC, absl::StatusCode::kUnauthenticated, "KRB5KRB_AP_WRONG_PRINC",
     "Wrong principal in request", kWhichService},
    {KRB5_KT_NOTFOUND, absl::StatusCode::kUnauthenticated, "KRB5_KT_NOTFOUND",
     "Key table entry not found", kKeytab},
    {KRB5_KT_KVNONOTFOUND, absl::StatusCode::kUnauthenticated, "KRB5_KT_KVNONOTFOUND",
     "Key version", kKeytab},
    {KRB5KRB_AP_ERR_NOKEY, absl::StatusCode::kUnauthenticated, "KRB5KRB_AP_ERR_NOKEY",
     "not found in keytab", kKeytab},
    {KRB5KRB_AP_ERR_BADKEYVER, absl::StatusCode::kUnauthenticated, "KRB5KRB_AP_ERR_BADKEYVER",
     "Key version", kKeytab},
    {KRB5KRB_AP_ERR_BAD_INTEGRITY, absl::StatusCode::kUnauthenticated,
     "KRB5KRB_AP_ERR_BAD_INTEGRITY", "Decrypt integrity check failed", kKeytab},
};

const KnownError* Find(krb5_error_code code, absl::string_view text) {
  const auto* by_code = std::find_if(std::begin(kKnownErrors), std::end(kKnownErrors),
                                     [&](const KnownError& known) { return known.code == code; });
  if (by_code != std::end(kKnownErrors)) return by_code;
  const auto* by_text =
      std::find_if(std::begin(kKnownErrors), std::end(kKnownErrors),
                   [&](const KnownError& known) { return absl::StrContains(text, known.text); });
  return by_text == std::end(kKnownErrors) ? nullptr : by_text;
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

absl::Status Describe(absl::string_view call, krb5_error_code code, absl::string_view text,
                      absl::string_view subject) {
  const KnownError* known = Find(code, text);
  v1::FailureDetail detail;
  detail.set_call(std::string(call));
  detail.set_os_error_code(known == nullptr ? code : known->code);
  if (known != nullptr) detail.set_os_error_name(known->name);
  if (known != nullptr) detail.set_advice(known->advice);
  detail.set_subject(std::string(subject));
  return WithFailureDetail(
      absl::Status(known == nullptr ? absl::StatusCode::kUnauthenticated : known->status,
                   absl::StrCat(call, subject.empty() ? "" : " ", subject, ": ", text)),
      detail);
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
    return Describe(call, KRB5KRB_AP_ERR_TKT_EXPIRED, "the ticket has expired", subject);
  }
  // With a failure of the call alone (a malformed token) there is no mechanism's code.
  std::string text = minor == 0 ? "" : StatusText(gss, minor, GSS_C_MECH_CODE, KerberosMechanism());
  if (text.empty() || absl::StartsWith(text, "Unknown")) {
    text = StatusText(gss, major, GSS_C_GSS_CODE, GSS_C_NO_OID);
  }
  return Describe(call, static_cast<krb5_error_code>(minor), text, subject);
}

absl::Status KerberosErrorStatus(const GssLibrary& gss, absl::string_view call,
                                 krb5_context context, krb5_error_code code,
                                 absl::string_view subject) {
  const char* message = gss.krb5_get_error_message(context, code);
  const std::string text = message == nullptr ? "" : message;
  if (message != nullptr) gss.krb5_free_error_message(context, message);
  return Describe(call, code, text, subject);
}

}  // namespace proctor
