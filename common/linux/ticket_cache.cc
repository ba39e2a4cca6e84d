#include "common/linux/ticket_cache.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/linux/gss_error.h"

namespace proctor {
namespace {

using OnKdc = std::function<void(absl::string_view realm)>;

krb5_error_code BeforeRequest(krb5_context, void* data, const krb5_data* realm, const krb5_data*,
                              krb5_data** new_message, krb5_data** new_reply) {
  *new_message = nullptr;
  *new_reply = nullptr;
  (*static_cast<const OnKdc*>(data))(absl::string_view(realm->data, realm->length));
  return 0;
}

absl::StatusOr<std::string> RealmOf(const GssLibrary& gss, const std::string& host) {
  KerberosContext context(&gss);
  const krb5_error_code initialised = gss.krb5_init_context(context.receive());
  if (initialised != 0) return KerberosErrorStatus(gss, "krb5_init_context", nullptr, initialised);
  char** realms = nullptr;
  const krb5_error_code found = gss.krb5_get_host_realm(context.get(), host.c_str(), &realms);
  if (found != 0) {
    return KerberosErrorStatus(gss, "krb5_get_host_realm", context.get(), found, host);
  }
  std::string realm = realms[0] == nullptr ? "" : realms[0];
  gss.krb5_free_host_realm(context.get(), realms);
  return realm;
}

}  // namespace

absl::StatusOr<std::string> ServiceWithRealm(const GssLibrary& gss, const std::string& service) {
  const size_t slash = service.find('/');
  if (slash == std::string::npos || slash + 1 == service.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a service principal (proctor/HOST): '", service, "'"));
  }
  if (absl::StrContains(service, '@')) return service;
  const absl::StatusOr<std::string> realm = RealmOf(gss, service.substr(slash + 1));
  if (!realm.ok()) return realm.status();
  return absl::StrCat(service, "@", *realm);
}

absl::StatusOr<std::unique_ptr<TicketCache>> TicketCache::Select(const GssLibrary* gss,
                                                                 const std::string& service) {
  KerberosContext context(gss);
  const krb5_error_code code = gss->krb5_init_context(context.receive());
  if (code != 0) return KerberosErrorStatus(*gss, "krb5_init_context", nullptr, code);
  std::unique_ptr<TicketCache> cache(new TicketCache(gss, std::move(context)));
  if (absl::Status opened = cache->Open(service); !opened.ok()) return opened;
  return cache;
}

absl::Status TicketCache::Open(const std::string& service) {
  krb5_context const context = context_.get();
  krb5_error_code code = gss_->krb5_parse_name(context, service.c_str(), service_.receive());
  if (code != 0) return KerberosErrorStatus(*gss_, "krb5_parse_name", context, code, service);
  // As GSSAPI does: by .k5identity or the service's realm in a collection, otherwise the default.
  code = gss_->krb5_cc_select(context, service_.get(), cache_.receive(), client_.receive());
  if (code == 0 && cache_.get() != nullptr) return absl::OkStatus();
  code = gss_->krb5_cc_default(context, cache_.receive());
  if (code != 0) return KerberosErrorStatus(*gss_, "krb5_cc_default", context, code);
  if (client_.get() == nullptr) {
    code = gss_->krb5_cc_get_principal(context, cache_.get(), client_.receive());
    if (code != 0) return KerberosErrorStatus(*gss_, "krb5_cc_get_principal", context, code);
  }
  return absl::OkStatus();
}

krb5_error_code TicketCache::Get(krb5_flags options, KerberosCredentials* credentials) {
  krb5_creds wanted = {};
  wanted.client = client_.get();
  wanted.server = service_.get();
  return gss_->krb5_get_credentials(context_.get(), options, cache_.get(), &wanted,
                                    credentials->receive());
}

absl::Status TicketCache::Fetch(const OnKdc& on_kdc) {
  std::string asked;
  OnKdc noted = [&](absl::string_view realm) {
    asked = std::string(realm);
    if (on_kdc) on_kdc(realm);
  };
  gss_->krb5_set_kdc_send_hook(context_.get(), BeforeRequest, &noted);
  KerberosCredentials credentials(gss_, context_.get());
  const krb5_error_code code = Get(0, &credentials);
  gss_->krb5_set_kdc_send_hook(context_.get(), nullptr, nullptr);
  if (code == 0) return absl::OkStatus();
  return KerberosErrorStatus(*gss_, "krb5_get_credentials", context_.get(), code,
                             asked.empty() ? "" : absl::StrCat("from the KDC of ", asked));
}

krb5_flags TicketCache::InitialTicketFlags() {
  krb5_creds found = {};
  if (!FindInitialTicket(&found)) return 0;
  const krb5_flags flags = found.ticket_flags;
  gss_->krb5_free_cred_contents(context_.get(), &found);
  return flags;
}

bool TicketCache::FindInitialTicket(krb5_creds* found) {
  krb5_context const context = context_.get();
  const std::string realm(client_.get()->realm.data, client_.get()->realm.length);
  KerberosPrincipal krbtgt(gss_, context);
  if (gss_->krb5_parse_name(context, absl::StrCat("krbtgt/", realm, "@", realm).c_str(),
                            krbtgt.receive()) != 0) {
    return false;
  }
  krb5_creds wanted = {};
  wanted.client = client_.get();
  wanted.server = krbtgt.get();
  return gss_->krb5_cc_retrieve_cred(context, cache_.get(), 0, &wanted, found) == 0;
}

bool TicketCache::Enforced(const char* relation) {
  profile_t profile = nullptr;
  if (gss_->krb5_get_profile(context_.get(), &profile) != 0) return false;
  int value = 0;
  const bool read =
      gss_->profile_get_boolean(profile, "libdefaults", relation, nullptr, 0, &value) == 0;
  gss_->profile_release(profile);
  return read && value != 0;
}

std::string TicketCache::WhyNotDelegated() {
  if ((InitialTicketFlags() & TKT_FLG_FORWARDABLE) == 0) {
    return "your ticket is not forwardable: get one with kinit -f; where that does not help, the "
           "realm does not let your account be delegated (sensitive, Protected Users)";
  }
  KerberosCredentials ticket(gss_, context_.get());
  if (Enforced("enforce_ok_as_delegate") && Get(KRB5_GC_CACHED, &ticket) == 0 &&
      (ticket.get()->ticket_flags & TKT_FLG_OK_AS_DELEGATE) == 0) {
    return "the realm does not trust the agent's account for delegation, which krb5.conf's "
           "enforce_ok_as_delegate asks for: an administrator of the realm marks the account "
           "(ok-as-delegate, \"Trust for delegation\")";
  }
  return "the realm gave no ticket to hand over: it may not let your account be delegated "
         "(sensitive, Protected Users)";
}

}  // namespace proctor
