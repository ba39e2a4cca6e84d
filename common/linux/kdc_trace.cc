#include "common/linux/kdc_trace.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace proctor {
namespace {

// "Sending initial UDP request to dgram 127.0.0.1:88", "TCP error receiving from stream
// 127.0.0.1:88: 111/Connection refused": the address, and what follows it.
struct Peer {
  absl::string_view address;
  absl::string_view rest;
};

absl::optional<Peer> PeerIn(absl::string_view line) {
  for (const absl::string_view kind : {" dgram ", " stream ", " https "}) {
    const size_t found = line.find(kind);
    if (found == absl::string_view::npos) continue;
    line.remove_prefix(found + kind.size());
    // An error follows ": ", which no address has in it.
    const size_t colon = line.find(": ");
    const absl::string_view address = line.substr(0, std::min(line.find(' '), colon));
    return Peer{address, colon == absl::string_view::npos ? "" : line.substr(colon + 2)};
  }
  return absl::nullopt;
}

// "111/Connection refused"
absl::string_view ErrorText(absl::string_view text) {
  const size_t slash = text.find('/');
  return slash == absl::string_view::npos ? text : text.substr(slash + 1);
}

}  // namespace

void KdcTrace::Observe(krb5_context context) {
  gss_->krb5_set_kdc_send_hook(context, BeforeRequest, this);
  gss_->krb5_set_kdc_recv_hook(context, AfterReply, this);
  gss_->krb5_set_trace_callback(context, Trace, this);
}

krb5_error_code KdcTrace::BeforeRequest(krb5_context, void* self, const krb5_data* realm,
                                        const krb5_data*, krb5_data** message, krb5_data** reply) {
  *message = nullptr;
  *reply = nullptr;
  auto* const trace = static_cast<KdcTrace*>(self);
  MutexLock lock(&trace->mutex_);
  trace->realm_.assign(realm->data, realm->length);
  return 0;
}

krb5_error_code KdcTrace::AfterReply(krb5_context context, void* self, krb5_error_code code,
                                     const krb5_data*, const krb5_data*, const krb5_data* reply,
                                     krb5_data** new_reply) {
  *new_reply = nullptr;
  if (code != 0 || reply == nullptr) return code;
  auto* const trace = static_cast<KdcTrace*>(self);
  krb5_error* error = nullptr;
  if (trace->gss_->krb5_rd_error(context, reply, &error) != 0) return 0;  // An answer that is none.
  const absl::Duration difference =
      absl::FromUnixSeconds(static_cast<uint32_t>(error->stime)) - absl::Now();
  trace->gss_->krb5_free_error(context, error);
  MutexLock lock(&trace->mutex_);
  trace->clock_difference_ = difference;
  return 0;
}

void KdcTrace::Trace(krb5_context, const krb5_trace_info* info, void* self) {
  if (info != nullptr) static_cast<KdcTrace*>(self)->Note(info->message);
}

void KdcTrace::Note(absl::string_view line) {
  line = absl::StripAsciiWhitespace(line);
  const absl::optional<Peer> peer = PeerIn(line);
  if (!peer.has_value()) return;
  MutexLock lock(&mutex_);
  const std::string realm = realm_;
  auto found = std::find_if(kdcs_.begin(), kdcs_.end(), [&](const Kdc& kdc) {
    return kdc.realm == realm && kdc.address == peer->address;
  });
  if (found == kdcs_.end()) {
    kdcs_.push_back({realm, std::string(peer->address), false, ""});
    found = std::prev(kdcs_.end());
  }
  if (absl::StrContains(line, "Received answer")) found->answered = true;
  if (absl::StrContains(line, " error ")) found->error = std::string(ErrorText(peer->rest));
}

std::vector<KdcTrace::Kdc> KdcTrace::kdcs() const {
  MutexLock lock(&mutex_);
  return kdcs_;
}

absl::optional<absl::Duration> KdcTrace::clock_difference() const {
  MutexLock lock(&mutex_);
  return clock_difference_;
}

}  // namespace proctor
