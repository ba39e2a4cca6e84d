#include "common/realm_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/linux/enctype.h"
#include "common/linux/gss_error.h"
#include "common/linux/gss_handles.h"
#include "common/linux/kdc_trace.h"
#include "common/linux/kerberos_configuration.h"
#include "common/linux/kerberos_handles.h"
#include "common/linux/kerberos_names.h"
#include "common/linux/ticket_cache.h"
#include "common/mutex.h"

namespace proctor {
namespace {

// What Kerberos allows of difference, usually; half of it is worth a word.
constexpr absl::Duration kUsualSkew = absl::Minutes(5);
// Tickets tell times in seconds, and a request takes its time.
constexpr absl::Duration kNoDifference = absl::Seconds(2);

std::string LocalTime(krb5_timestamp time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixSeconds(static_cast<uint32_t>(time)),
                          absl::LocalTimeZone());
}

RealmFinding ClockFinding(absl::Duration difference) {
  difference = absl::Trunc(difference, absl::Seconds(1));
  const absl::Duration amount = absl::AbsDuration(difference);
  RealmFinding clock{"clock", "as the realm's", ""};
  if (amount <= kNoDifference) return clock;
  clock.value = absl::StrCat("the realm's is ", absl::FormatDuration(amount),
                             difference > absl::ZeroDuration() ? " ahead" : " behind");
  if (amount > kUsualSkew / 2) {
    clock.advice = "Set the clock of this machine (ntp): Kerberos allows five minutes, usually.";
  }
  return clock;
}

class KerberosRealmCheck final : public RealmCheck {
 public:
  explicit KerberosRealmCheck(std::string service) : service_(std::move(service)) {}

  void Run() override {
    const absl::StatusOr<const GssLibrary*> loaded = GssLibrary::Load();
    if (!loaded.ok()) return Add(FailedFinding("library", loaded.status()));
    {
      MutexLock lock(&mutex_);
      trace_ = std::make_unique<KdcTrace>(*loaded);
    }
    Check(**loaded);
  }

  std::vector<RealmFinding> findings() const override {
    MutexLock lock(&mutex_);
    std::vector<RealmFinding> all = before_;
    if (trace_ != nullptr) {
      for (const KdcTrace::Kdc& kdc : trace_->kdcs()) all.push_back(KdcFinding(kdc));
    }
    all.insert(all.end(), after_.begin(), after_.end());
    return all;
  }

 private:
  void Check(const GssLibrary& gss);
  // The caller's tickets, without the service's: in `fresh`.
  bool CopyInitialTicket(const GssLibrary& gss, TicketCache* cache, krb5_ccache fresh);
  void Ask(const GssLibrary& gss, TicketCache* cache);
  void Describe(const GssLibrary& gss, krb5_context context, const krb5_creds& ticket);

  void Add(RealmFinding finding) {
    MutexLock lock(&mutex_);
    before_.push_back(std::move(finding));
  }
  void AddAnswer(RealmFinding finding) {
    MutexLock lock(&mutex_);
    after_.push_back(std::move(finding));
  }

  static RealmFinding KdcFinding(const KdcTrace::Kdc& kdc) {
    RealmFinding finding{absl::StrCat("KDC of ", kdc.realm), kdc.address, ""};
    absl::StrAppend(&finding.value, kdc.answered        ? " answers"
                                    : kdc.error.empty() ? " was asked, and has not answered"
                                                        : absl::StrCat(": ", kdc.error));
    if (!kdc.answered) {
      finding.advice =
          "See that it runs and can be reached (port 88, UDP and TCP), or that krb5.conf "
          "or DNS names another one.";
    }
    return finding;
  }

  const std::string service_;
  mutable Mutex mutex_;
  std::vector<RealmFinding> before_ ABSL_GUARDED_BY(mutex_);  // The key distribution centres.
  std::vector<RealmFinding> after_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<KdcTrace> trace_ ABSL_GUARDED_BY(mutex_);  // Stays once it is made.
};

void KerberosRealmCheck::Check(const GssLibrary& gss) {
  {
    KerberosContext context(&gss);
    const krb5_error_code code = gss.krb5_init_context(context.receive());
    for (RealmFinding& finding : CheckConfiguration(gss, context.get(), code)) {
      Add(std::move(finding));
    }
    if (code != 0) return;
  }
  const absl::StatusOr<NegotiateIdentity> identity = ReadNegotiateIdentity();
  if (!identity.ok()) return Add(FailedFinding("credentials", identity.status()));
  const absl::StatusOr<std::string> principal = ServiceWithRealm(gss, service_);
  if (!principal.ok()) return Add(FailedFinding("service", principal.status()));
  absl::StatusOr<std::unique_ptr<TicketCache>> cache = TicketCache::Select(&gss, *principal);
  if (!cache.ok()) return Add(FailedFinding("credentials", cache.status()));
  RealmFinding credentials{"credentials",
                           absl::StrCat(identity->principal, " in ", identity->source), ""};
  if (identity->expires != absl::InfiniteFuture()) {
    absl::StrAppend(
        &credentials.value, ", until ",
        absl::FormatTime("%Y-%m-%d %H:%M:%S", identity->expires, absl::LocalTimeZone()));
  }
  absl::StrAppend(&credentials.value,
                  (*cache)->IsForwardable() ? ", forwardable" : ", not forwardable");
  Add(std::move(credentials));
  Add({"service asked for",
       absl::EndsWith(*principal, "@")
           ? absl::StrCat(*principal, " (its realm is for the KDC of your own to find out)")
           : *principal,
       ""});
  Ask(gss, cache->get());
}

bool KerberosRealmCheck::CopyInitialTicket(const GssLibrary& gss, TicketCache* cache,
                                           krb5_ccache fresh) {
  krb5_context const context = cache->context();
  if (gss.krb5_cc_initialize(context, fresh, cache->client()) != 0) return false;
  krb5_creds initial = {};
  if (!cache->FindInitialTicket(&initial)) return false;
  const bool stored = gss.krb5_cc_store_cred(context, fresh, &initial) == 0;
  gss.krb5_free_cred_contents(context, &initial);
  return stored;
}

void KerberosRealmCheck::Ask(const GssLibrary& gss, TicketCache* cache) {
  krb5_context const context = cache->context();
  KerberosTemporaryCache fresh(&gss, context);
  krb5_error_code code = gss.krb5_cc_new_unique(context, "MEMORY", nullptr, fresh.receive());
  if (code != 0 || !CopyInitialTicket(gss, cache, fresh.get())) {
    return AddAnswer(
        {"ticket", "there is no ticket-granting ticket to ask with", "Get one: kinit."});
  }
  {
    MutexLock lock(&mutex_);
    trace_->Observe(context);
  }
  krb5_creds wanted = {};
  wanted.client = cache->client();
  wanted.server = cache->service();
  KerberosCredentials ticket(&gss, context);
  code = gss.krb5_get_credentials(context, 0, fresh.get(), &wanted, ticket.receive());
  absl::optional<absl::Duration> difference;
  {
    MutexLock lock(&mutex_);
    difference = trace_->clock_difference();
  }
  // A ticket begins when it is made.
  if (code == 0 && ticket.get()->times.starttime != 0) {
    difference =
        absl::FromUnixSeconds(static_cast<uint32_t>(ticket.get()->times.starttime)) - absl::Now();
  }
  if (difference.has_value()) AddAnswer(ClockFinding(*difference));
  if (code != 0) {
    return AddAnswer(
        FailedFinding("ticket", KerberosErrorStatus(gss, "krb5_get_credentials", context, code)));
  }
  Describe(gss, context, *ticket.get());
}

void KerberosRealmCheck::Describe(const GssLibrary& gss, krb5_context context,
                                  const krb5_creds& ticket) {
  RealmFinding finding{"ticket", "", ""};
  KerberosTicket decoded(&gss, context);
  if (gss.krb5_decode_ticket(&ticket.ticket, decoded.receive()) == 0) {
    // The name in the ticket itself: the one that was asked for may have no realm.
    finding.value = absl::StrCat("for ", NameOfPrincipal(gss, context, decoded.get()->server));
    const krb5_enc_data& sealed = decoded.get()->enc_part;
    absl::StrAppend(&finding.value, ", sealed with key ", sealed.kvno, " (",
                    EnctypeName(gss, sealed.enctype), ")");
    if (IsWeakEnctype(sealed.enctype)) {
      finding.advice =
          "The realm seals with a weak key: have the service account's AES keys allowed "
          "(msDS-SupportedEncryptionTypes) and its key made anew.";
    }
  }
  absl::StrAppend(
      &finding.value, ", until ", LocalTime(ticket.times.endtime),
      (ticket.ticket_flags & TKT_FLG_OK_AS_DELEGATE) != 0 ? ", trusted for delegation" : "");
  AddAnswer(std::move(finding));
  AddAnswer(
      {"key of the agent",
       "not for callers to see; the agent's keytab must hold the key that the ticket is sealed "
       "with: proctord --check-realm there",
       ""});
}

}  // namespace

std::shared_ptr<RealmCheck> MakeRealmCheck(const std::string& service) {
  return std::make_shared<KerberosRealmCheck>(service);
}

}  // namespace proctor
