#include "common/linux/keytab_keys.h"

#include <climits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/linux/gss_error.h"
#include "common/linux/gss_handles.h"
#include "common/linux/kerberos_names.h"

namespace proctor {
namespace {

class Keytab {
 public:
  Keytab(const GssLibrary& gss, krb5_context context) : gss_(gss), context_(context) {}
  Keytab(const Keytab&) = delete;
  Keytab& operator=(const Keytab&) = delete;
  ~Keytab() {
    if (keytab_ != nullptr) gss_.krb5_kt_close(context_, keytab_);
  }

  krb5_error_code Open(const std::string& path) {
    return path.empty() ? gss_.krb5_kt_default(context_, &keytab_)
                        : gss_.krb5_kt_resolve(context_, path.c_str(), &keytab_);
  }

  std::string name() const {
    char text[PATH_MAX + 16];
    return gss_.krb5_kt_get_name(context_, keytab_, text, sizeof(text)) == 0 ? text : "the keytab";
  }

  krb5_error_code ReadInto(std::map<std::string, std::vector<KeytabKey>>* keys) {
    krb5_kt_cursor cursor;
    const krb5_error_code begun = gss_.krb5_kt_start_seq_get(context_, keytab_, &cursor);
    if (begun != 0) return begun;
    krb5_keytab_entry entry;
    krb5_error_code code;
    while ((code = gss_.krb5_kt_next_entry(context_, keytab_, &entry, &cursor)) == 0) {
      const std::string name = NameOfPrincipal(gss_, context_, entry.principal);
      if (!name.empty()) (*keys)[name].push_back({entry.vno, entry.key.enctype});
      gss_.krb5_free_keytab_entry_contents(context_, &entry);
    }
    gss_.krb5_kt_end_seq_get(context_, keytab_, &cursor);
    return code == KRB5_KT_END ? 0 : code;
  }

 private:
  const GssLibrary& gss_;
  const krb5_context context_;
  krb5_keytab keytab_ = nullptr;
};

}  // namespace

absl::StatusOr<KeytabKeys> ReadKeytabKeys(const GssLibrary& gss, const std::string& path) {
  KerberosContext context(&gss);
  krb5_error_code code = gss.krb5_init_context(context.receive());
  if (code != 0) return KerberosErrorStatus(gss, "krb5_init_context", nullptr, code);
  Keytab keytab(gss, context.get());
  code = keytab.Open(path);
  if (code != 0) return KerberosErrorStatus(gss, "krb5_kt_resolve", context.get(), code, path);
  KeytabKeys read;
  read.keytab = keytab.name();
  code = keytab.ReadInto(&read.keys);
  if (code == 0) return read;
  const absl::Status failed =
      KerberosErrorStatus(gss, "krb5_kt_start_seq_get", context.get(), code, read.keytab);
  return WithFailureDetail(absl::FailedPreconditionError(failed.message()),
                           *GetFailureDetail(failed));
}

}  // namespace proctor
