#ifndef PROCTOR_AGENT_NEGOTIATE_OFFER_H_
#define PROCTOR_AGENT_NEGOTIATE_OFFER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "agent/caller/handshake_workers.h"
#include "agent/caller/negotiate_mechanism.h"
#include "agent/caller/principal_map.h"
#include "agent/token/account_check.h"
#include "agent/token/token_pipeline.h"
#include "common/negotiate_context.h"
#include "common/user_workers.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// What the configuration says of it.
NegotiateAcceptorOptions AcceptorOptionsOf(const config::NegotiateConfig& config);

// The mechanism "negotiate" with all that it needs, as the configuration wants it.
class NegotiateOffer {
 public:
  // What it is given; all of it must outlive it.
  struct Parts {
    TokenPipeline* pipeline = nullptr;
    UserWorkers* lookups = nullptr;
    AccountCheck* accounts = nullptr;  // Null: nobody is asked.
  };
  // Null where there is nothing to accept with and the configuration does not insist: the log says
  // why. An error when it does.
  static absl::StatusOr<std::unique_ptr<NegotiateOffer>> Make(const config::NegotiateConfig& config,
                                                              std::unique_ptr<PrincipalMap> map,
                                                              const Parts& parts);

  Mechanism* mechanism() { return &mechanism_; }
  // Whom callers have to mean.
  std::string service_principal() const { return acceptor_->service_principal(); }

 private:
  NegotiateOffer(std::unique_ptr<NegotiateAcceptor> acceptor, std::unique_ptr<PrincipalMap> map,
                 const Parts& parts)
      : acceptor_(std::move(acceptor)),
        principals_(std::move(map)),
        mechanism_({acceptor_.get(), principals_.get(), parts.pipeline, &workers_, parts.lookups,
                    parts.accounts}) {}

  const std::unique_ptr<NegotiateAcceptor> acceptor_;
  const std::unique_ptr<PrincipalMap> principals_;
  HandshakeWorkers workers_;
  NegotiateMechanism mechanism_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_NEGOTIATE_OFFER_H_
