#ifndef PROCTOR_COMMON_LINUX_GSS_CONTEXT_H_
#define PROCTOR_COMMON_LINUX_GSS_CONTEXT_H_

#include <string>
#include <utility>

#include "common/linux/gss_handles.h"
#include "common/negotiate_context.h"

namespace proctor {

// What the two ends have in common on GSSAPI: the context, its bindings, signatures, and what it
// says of itself when it is complete.
class GssContext : public NegotiateContext {
 public:
  // `binding`: "tls-server-end-point" hash.
  GssContext(const GssLibrary* gss, const Requirements& requirements, absl::string_view binding);

 protected:
  const GssLibrary& gss() const { return *gss_; }
  GssContextHandle& context() { return context_; }
  // For the library; points into this object.
  gss_channel_bindings_t bindings() { return &bindings_; }
  // Fills in `facts` from the complete context; `flags` as the last call returned them.
  absl::Status ReadFacts(OM_uint32 flags, NegotiateFacts* facts);
  absl::StatusOr<std::string> DisplayName(gss_name_t name);

 private:
  absl::StatusOr<std::string> DoSign(absl::string_view message) final;
  absl::Status DoVerify(absl::string_view message, absl::string_view signature) final;

  // When the ticket itself ends, of a lifetime as gss_inquire_context tells it.
  absl::Time TicketEnd(OM_uint32 lifetime) const;

  const GssLibrary* const gss_;
  const bool accepts_;
  const std::string binding_data_;
  gss_channel_bindings_struct bindings_{};
  GssContextHandle context_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_GSS_CONTEXT_H_
