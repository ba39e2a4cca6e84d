#include "agent/caller/linux/credential_file.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/erase_secret.h"
#include "common/linux/gss_error.h"

namespace proctor {
namespace {

// A forwarded ticket with the largest PAC is about 64 KiB.
constexpr size_t kMaxFileBytes = 256 << 10;

// A credential cache in this process's memory, gone with the object.
class MemoryCache {
 public:
  explicit MemoryCache(const GssLibrary& gss) : gss_(gss), context_(&gss) {}
  ~MemoryCache() {
    if (cache_ != nullptr) gss_.krb5_cc_destroy(context_.get(), cache_);
  }
  MemoryCache(const MemoryCache&) = delete;
  MemoryCache& operator=(const MemoryCache&) = delete;

  absl::Status Open();
  absl::Status Store(gss_cred_id_t credential);
  // Tickets and their end.
  absl::StatusOr<std::shared_ptr<const DelegatedCredentials>> Serialise();

 private:
  absl::Status Error(absl::string_view call, krb5_error_code code) const {
    return KerberosErrorStatus(gss_, call, context_.get(), code);
  }
  absl::Status AppendTickets(krb5_principal principal, std::string* file, krb5_timestamp* end);
  absl::Status AppendTicket(krb5_creds* ticket, std::string* file);

  const GssLibrary& gss_;
  KerberosContext context_;
  krb5_ccache cache_ = nullptr;
};

void AppendNumber(uint32_t value, std::string* file) {
  for (int shift = 24; shift >= 0; shift -= 8) file->push_back(static_cast<char>(value >> shift));
}

void AppendData(const krb5_data& data, std::string* file) {
  AppendNumber(data.length, file);
  file->append(data.data, data.length);
}

void AppendPrincipal(const krb5_principal_data& principal, std::string* file) {
  AppendNumber(static_cast<uint32_t>(principal.type), file);
  AppendNumber(static_cast<uint32_t>(principal.length), file);
  AppendData(principal.realm, file);
  for (krb5_int32 i = 0; i < principal.length; ++i) AppendData(principal.data[i], file);
}

absl::Status MemoryCache::Open() {
  krb5_error_code code = gss_.krb5_init_context(context_.receive());
  if (code != 0) return KerberosErrorStatus(gss_, "krb5_init_context", nullptr, code);
  code = gss_.krb5_cc_new_unique(context_.get(), "MEMORY", nullptr, &cache_);
  return code == 0 ? absl::OkStatus() : Error("krb5_cc_new_unique", code);
}

absl::Status MemoryCache::Store(gss_cred_id_t credential) {
  char* name = nullptr;
  const krb5_error_code code = gss_.krb5_cc_get_full_name(context_.get(), cache_, &name);
  if (code != 0) return Error("krb5_cc_get_full_name", code);
  gss_key_value_element_desc element = {"ccache", name};
  const gss_key_value_set_desc store = {1, &element};
  OM_uint32 minor = 0;
  const OM_uint32 major =
      gss_.gss_store_cred_into(&minor, credential, GSS_C_INITIATE, KerberosMechanism(),
                               /*overwrite_cred=*/1, /*default_cred=*/0, &store, nullptr, nullptr);
  gss_.krb5_free_string(context_.get(), name);
  if (major == GSS_S_COMPLETE) return absl::OkStatus();
  return GssErrorStatus(gss_, "gss_store_cred_into", major, minor);
}

absl::Status MemoryCache::AppendTicket(krb5_creds* ticket, std::string* file) {
  krb5_data* bytes = nullptr;
  const krb5_error_code code = gss_.krb5_marshal_credentials(context_.get(), ticket, &bytes);
  if (code != 0) return Error("krb5_marshal_credentials", code);
  const bool fits = file->size() + bytes->length <= kMaxFileBytes;
  if (fits) file->append(bytes->data, bytes->length);
  // The library does not overwrite what it frees here.
  volatile char* const secret = bytes->data;
  for (unsigned int i = 0; i < bytes->length; ++i) secret[i] = 0;
  gss_.krb5_free_data(context_.get(), bytes);
  if (fits) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the delegated tickets are more than ", kMaxFileBytes, " bytes"));
}

absl::Status MemoryCache::AppendTickets(krb5_principal principal, std::string* file,
                                        krb5_timestamp* end) {
  AppendPrincipal(*principal, file);
  krb5_cc_cursor cursor;
  krb5_error_code code = gss_.krb5_cc_start_seq_get(context_.get(), cache_, &cursor);
  if (code != 0) return Error("krb5_cc_start_seq_get", code);
  absl::Status status;
  krb5_creds ticket;
  while (status.ok() &&
         (code = gss_.krb5_cc_next_cred(context_.get(), cache_, &cursor, &ticket)) == 0) {
    status = AppendTicket(&ticket, file);
    // Times are unsigned, so that they last until 2106; a configuration entry has none.
    const auto later = static_cast<uint32_t>(ticket.times.endtime);
    if (later > static_cast<uint32_t>(*end)) *end = ticket.times.endtime;
    gss_.krb5_free_cred_contents(context_.get(), &ticket);
  }
  gss_.krb5_cc_end_seq_get(context_.get(), cache_, &cursor);
  if (status.ok() && code != KRB5_CC_END) status = Error("krb5_cc_next_cred", code);
  return status;
}

absl::StatusOr<std::shared_ptr<const DelegatedCredentials>> MemoryCache::Serialise() {
  krb5_principal principal = nullptr;
  const krb5_error_code code = gss_.krb5_cc_get_principal(context_.get(), cache_, &principal);
  if (code != 0) return Error("krb5_cc_get_principal", code);
  std::string file("\x05\x04\0\0", 4);  // Version 4, no header fields.
  file.reserve(kMaxFileBytes);          // No copy is left behind by growing.
  krb5_timestamp end = 0;
  const absl::Status status = AppendTickets(principal, &file, &end);
  gss_.krb5_free_principal(context_.get(), principal);
  SecretBytes exact{std::string(file)};
  EraseSecret(&file);
  if (!status.ok()) return status;
  if (end == 0) return absl::InternalError("the delegated credential holds no ticket");
  return std::make_shared<const DelegatedCredentials>(
      std::move(exact), absl::FromUnixSeconds(static_cast<uint32_t>(end)));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const DelegatedCredentials>> ReadCredentialFile(
    const GssLibrary& gss, const GssCredential& credential) {
  MemoryCache cache(gss);
  absl::Status status = cache.Open();
  if (status.ok()) status = cache.Store(credential.get());
  if (!status.ok()) return status;
  return cache.Serialise();
}

}  // namespace proctor
