#ifndef PROCTOR_COMMON_LINUX_GSS_ACCEPTED_CLIENT_H_
#define PROCTOR_COMMON_LINUX_GSS_ACCEPTED_CLIENT_H_

#include <utility>

#include "common/linux/gss_handles.h"
#include "common/negotiate_context.h"

namespace proctor {

// The client of a complete GSSAPI context: its name, which carries the attributes of its ticket
// (the PAC), and what it handed over. Not thread-safe.
class GssAcceptedClient final : public NegotiatedClient {
 public:
  GssAcceptedClient(const GssLibrary* gss, GssName name, GssCredential delegated)
      : gss_(gss), name_(std::move(name)), delegated_(std::move(delegated)) {}

  const GssLibrary& gss() const { return *gss_; }
  gss_name_t name() const { return name_.get(); }
  bool has_delegated() const { return delegated_.get() != GSS_C_NO_CREDENTIAL; }
  // The caller's own from then on.
  GssCredential TakeDelegated() { return std::move(delegated_); }

 private:
  const GssLibrary* const gss_;
  GssName name_;
  GssCredential delegated_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_GSS_ACCEPTED_CLIENT_H_
