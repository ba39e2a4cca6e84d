#include "common/linux/key_mismatch.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/failure_detail.h"
#include "common/linux/enctype.h"
#include "common/linux/gss_error.h"
#include "common/linux/keytab_keys.h"

namespace proctor {
namespace {

constexpr char kCall[] = "gss_accept_sec_context";
constexpr char kNewTicket[] =
    "Get new tickets: kinit (Windows: klist purge). Should that not help, the agent's keytab is "
    "not that of the realm: export it anew.";
constexpr char kExportKeytab[] =
    "Export the agent's keytab anew (MIT: kadmin ktadd; Active Directory: adcli update, msktutil "
    "--update, ktpass).";
constexpr char kExportEnctype[] =
    "Export the agent's keytab with keys of that type too. In Active Directory the account's "
    "msDS-SupportedEncryptionTypes says of which types its tickets are.";
constexpr char kOtherKey[] =
    "Export the agent's keytab anew: the account has got another password since. In Active "
    "Directory two accounts may also claim the name: setspn -X finds them.";

// The keys of one principal.
struct Keys {
  std::set<krb5_kvno> versions;
  std::set<krb5_enctype> enctypes;  // Of the ticket's version.
};

Keys KeysOf(const KeytabKeys& keytab, const std::string& principal, krb5_kvno version) {
  Keys keys;
  const auto found = keytab.keys.find(principal);
  if (found == keytab.keys.end()) return keys;
  for (const KeytabKey& key : found->second) {
    keys.versions.insert(key.version);
    if (key.version == version) keys.enctypes.insert(key.enctype);
  }
  return keys;
}

absl::Status NoVersion(const Keys& keys, absl::string_view principal, krb5_kvno version) {
  const bool old_ticket = !keys.versions.empty() && version < *keys.versions.begin();
  return KerberosFailure(
      kCall, KRB5KRB_AP_ERR_BADKEYVER,
      absl::StrCat("the ticket is for version ", version, " of the key of ", principal,
                   ", and the keytab has ", absl::StrJoin(keys.versions, ", "), ": the ",
                   old_ticket ? "ticket" : "keytab", " is out of date"),
      old_ticket ? kNewTicket : kExportKeytab);
}

absl::Status NoEnctype(const GssLibrary& gss, const Keys& keys, const PresentedTicket& ticket) {
  return KerberosFailure(
      kCall, KRB5_KT_NOTFOUND,
      absl::StrCat("the ticket is encrypted with ", EnctypeName(gss, ticket.enctype),
                   ", and the keytab has version ", ticket.kvno, " of the key with ",
                   absl::StrJoin(keys.enctypes, ", ",
                                 [&gss](std::string* out, krb5_enctype enctype) {
                                   out->append(EnctypeName(gss, enctype));
                                 }),
                   " only"),
      kExportEnctype);
}

// In the library's words, of its own language when that is not English: then they stay as they are.
bool DidNotDecrypt(const absl::Status& failed) {
  return absl::StrContains(failed.message(), "Cannot decrypt ticket for") ||
         absl::StrContains(failed.message(), "Decrypt integrity check failed");
}

}  // namespace

absl::Status ExplainKeyMismatch(const GssLibrary& gss, const std::string& keytab,
                                absl::string_view principal, const PresentedTicket& ticket,
                                const absl::Status& failed) {
  const absl::StatusOr<KeytabKeys> contents = ReadKeytabKeys(gss, keytab);
  // A ticket without a version is tried with any.
  if (!contents.ok() || ticket.kvno == 0) return failed;
  const Keys keys = KeysOf(*contents, std::string(principal), ticket.kvno);
  if (keys.versions.count(ticket.kvno) == 0) return NoVersion(keys, principal, ticket.kvno);
  if (keys.enctypes.count(ticket.enctype) == 0) return NoEnctype(gss, keys, ticket);
  if (!DidNotDecrypt(failed)) return failed;
  return KerberosFailure(kCall, KRB5KRB_AP_ERR_BAD_INTEGRITY,
                         absl::StrCat("version ", ticket.kvno, " of the key of ", principal,
                                      " in the keytab is not the one of the ticket"),
                         kOtherKey);
}

}  // namespace proctor
