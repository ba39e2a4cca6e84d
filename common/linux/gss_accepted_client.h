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
  GssAcceptedClient(const GssLibrary* gss, GssName name, GssCredential delegated,
                    bool presented_logon_info)
      : gss_(gss),
        name_(std::move(name)),
        delegated_(std::move(delegated)),
        presented_logon_info_(presented_logon_info) {}

  const GssLibrary& gss() const { return *gss_; }
  gss_name_t name() const { return name_.get(); }
  // The ticket came with a PAC that has logon information. The name has it as an attribute only
  // where the library has verified it.
  bool presented_logon_info() const { return presented_logon_info_; }
  bool has_delegated() const { return delegated_.get() != GSS_C_NO_CREDENTIAL; }
  // The caller's own from then on.
  GssCredential TakeDelegated() { return std::move(delegated_); }

 private:
  const GssLibrary* const gss_;
  GssName name_;
  GssCredential delegated_;
  const bool presented_logon_info_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_GSS_ACCEPTED_CLIENT_H_
