#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/linux/gss_context.h"
#include "common/linux/gss_error.h"
#include "common/linux/ticket_cache.h"

namespace proctor {
namespace {

constexpr OM_uint32 kFlags = GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_REPLAY_FLAG |
                             GSS_C_SEQUENCE_FLAG | GSS_C_CHANNEL_BOUND_FLAG;

class GssInitiator final : public GssContext {
 public:
  // `principal`: the target with its realm.
  GssInitiator(const GssLibrary* gss, GssName target, std::string principal,
               const NegotiateInitiatorOptions& options)
      : GssContext(gss, {}, options.binding),
        target_(std::move(target)),
        target_text_(options.target),
        principal_(std::move(principal)),
        on_kdc_(options.on_kdc),
        delegate_(options.delegate),
        flags_(options.delegate ? kFlags | GSS_C_DELEG_FLAG : kFlags) {}

 private:
  absl::StatusOr<NegotiateStep> DoStep(absl::string_view token, NegotiateFacts* facts) override {
    if (token.empty() && on_kdc_) {
      if (absl::Status asked = AskForTicket(); !asked.ok()) return asked;
    }
    OM_uint32 minor = 0;
    OM_uint32 returned = 0;
    gss_buffer_desc input = InputBuffer(token);
    GssBuffer output(&gss());
    const OM_uint32 major = gss().gss_init_sec_context(
        &minor, GSS_C_NO_CREDENTIAL, context().receive(), target_.get(), SpnegoMechanism(), flags_,
        GSS_C_INDEFINITE, bindings(), token.empty() ? GSS_C_NO_BUFFER : &input,
        /*actual_mech_type=*/nullptr, output.receive(), &returned, /*time_rec=*/nullptr);
    if (GSS_ERROR(major)) {
      const absl::Status failed =
          GssErrorStatus(gss(), "gss_init_sec_context", major, minor, target_text_);
      // Without a ticket SPNEGO says only that it has no mechanism.
      const absl::Status credentials = ReadNegotiateIdentity().status();
      return token.empty() && !credentials.ok() ? credentials : failed;
    }
    NegotiateStep step;
    step.token = std::string(View(output));
    step.complete = (major & GSS_S_CONTINUE_NEEDED) == 0;
    if (!step.complete) return step;
    if (absl::Status read = ReadFacts(returned, facts); !read.ok()) return read;
    if (delegate_ && !facts->delegated) facts->not_delegated_reason = WhyNotDelegated();
    return step;
  }

  // GSSAPI, which finds the ticket in the cache then, does not tell whom it waits for. All that
  // goes wrong here but silence is left for it to tell.
  absl::Status AskForTicket() const {
    const absl::StatusOr<std::unique_ptr<TicketCache>> cache =
        TicketCache::Select(&gss(), principal_);
    if (!cache.ok()) return absl::OkStatus();
    absl::Status asked = (*cache)->Fetch(on_kdc_);
    return absl::IsUnavailable(asked) ? asked : absl::OkStatus();
  }

  std::string WhyNotDelegated() const {
    const absl::StatusOr<std::unique_ptr<TicketCache>> cache =
        TicketCache::Select(&gss(), principal_);
    return cache.ok() ? (*cache)->WhyNotDelegated() : std::string(cache.status().message());
  }

  const GssName target_;
  const std::string target_text_;
  const std::string principal_;
  const std::function<void(absl::string_view)> on_kdc_;
  const bool delegate_;
  const OM_uint32 flags_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<NegotiateContext>> MakeNegotiateInitiator(
    const NegotiateInitiatorOptions& options) {
  const absl::StatusOr<const GssLibrary*> gss = GssLibrary::Load();
  if (!gss.ok()) return gss.status();
  absl::StatusOr<std::string> principal = ServiceWithRealm(**gss, options.target);
  if (!principal.ok()) return principal.status();
  OM_uint32 minor = 0;
  gss_buffer_desc text = InputBuffer(*principal);
  GssName target(*gss);
  const OM_uint32 major =
      (*gss)->gss_import_name(&minor, &text, PrincipalNameType(), target.receive());
  if (GSS_ERROR(major)) {
    return GssErrorStatus(**gss, "gss_import_name", major, minor, options.target);
  }
  return std::unique_ptr<NegotiateContext>(
      new GssInitiator(*gss, std::move(target), *std::move(principal), options));
}

}  // namespace proctor
