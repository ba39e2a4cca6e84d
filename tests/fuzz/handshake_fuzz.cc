#include "tests/fuzz/handshake_fuzz.h"

#include <algorithm>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "agent/caller/negotiate_mechanism.h"
#include "agent/caller/ticket_mechanism.h"
#include "common/log.h"
#include "common/ticket_proof.h"
#include "tests/agent/token/identifying_pipeline.h"
#include "tests/agent/token/token_test_peer.h"

namespace proctor {
namespace {

constexpr char kService[] = "proctor/agent.test";
constexpr char kGoodSignature[] = "good";

void Check(bool holds) {
  if (!holds) std::abort();
}

// What became of one handshake's security context.
struct Proof {
  bool complete_and_sound = false;
  bool agent_signed = false;
  bool client_verified = false;
};

// A token's first byte says what comes of it, the second one which facts hold in the end.
class ScriptedContext final : public NegotiateContext {
 public:
  explicit ScriptedContext(Proof* proof)
      : NegotiateContext(Requirements{true, false, kService}), proof_(proof) {}

  std::unique_ptr<NegotiatedClient> TakeClient() override {
    return std::make_unique<NegotiatedClient>();
  }

 private:
  // The two lowest bits of the first byte.
  static constexpr int kContinue = 0;
  static constexpr int kComplete = 1;
  static constexpr int kFail = 2;
  static constexpr int kSilent = 3;

  absl::StatusOr<NegotiateStep> DoStep(absl::string_view token, NegotiateFacts* facts) override {
    NegotiateStep step;
    switch (token.empty() ? kFail : token[0] & 3) {
      case kContinue:
        step.token = "next";
        return step;
      case kComplete:
        Complete(token.size() > 1 ? static_cast<uint8_t>(token[1]) : 0, facts);
        step.complete = true;
        return step;
      case kSilent:
        return step;
      default:
        return absl::UnauthenticatedError("not good");
    }
  }

  void Complete(uint8_t holds, NegotiateFacts* facts) {
    facts->mutual = (holds & 1) != 0;
    facts->integrity = (holds & 2) != 0;
    facts->replay_detection = (holds & 4) != 0;
    facts->sequence_detection = (holds & 8) != 0;
    facts->channel_bound = (holds & 16) != 0;
    facts->service_principal = (holds & 32) != 0 ? kService : "proctor/other.test";
    if ((holds & 64) == 0) facts->protocol = NegotiatedProtocol::kNtlm;
    proof_->complete_and_sound = (holds & 127) == 127;
  }

  absl::StatusOr<std::string> DoSign(absl::string_view) override {
    proof_->agent_signed = true;
    return std::string("the agent's");
  }

  absl::Status DoVerify(absl::string_view, absl::string_view signature) override {
    proof_->client_verified = signature == kGoodSignature;
    return proof_->client_verified ? absl::OkStatus() : absl::UnauthenticatedError("not good");
  }

  Proof* const proof_;
};

class ScriptedAcceptor final : public NegotiateAcceptor {
 public:
  absl::StatusOr<std::unique_ptr<NegotiateContext>> Accept(absl::string_view) override {
    return std::make_unique<ScriptedContext>(&proof);
  }
  std::string service_principal() const override { return kService; }
  absl::Status CheckUsable() const override { return absl::OkStatus(); }

  Proof proof;
};

class Anybody final : public PrincipalMap {
 public:
  absl::StatusOr<AnonymousCaller> Describe(const NegotiateFacts&,
                                           std::unique_ptr<NegotiatedClient>) override {
    return AnonymousCaller();
  }
};

absl::StatusOr<HandshakeStep> Continue(Handshake* handshake, v1::AuthenticateRequest request) {
  // A second call of Done throws, which ends the process.
  auto promise = std::make_shared<std::promise<absl::StatusOr<HandshakeStep>>>();
  std::future<absl::StatusOr<HandshakeStep>> answer = promise->get_future();
  handshake->Continue(std::move(request), [promise](absl::StatusOr<HandshakeStep> step) {
    promise->set_value(std::move(step));
  });
  return answer.get();
}

}  // namespace

void FuzzHandshake(const uint8_t* data, size_t size) {
  static HandshakeWorkers* const workers = [] {
    SilenceLog();
    return new HandshakeWorkers(1);
  }();
  static UserWorkers* const lookups = new UserWorkers(UserWorkers::Options(), Clock::Real());
  ScriptedAcceptor acceptor;
  Anybody anybody;
  IdentifyingPipeline pipeline([](const AnonymousCaller&) { return TokenTestPeer::Caller(1000); });
  NegotiateMechanism negotiate({&acceptor, &anybody, &pipeline, workers, lookups});
  TicketBook tickets(TicketBook::Options(), Clock::Real());
  Check(tickets.Issue(std::make_shared<const CallerToken>(TokenTestPeer::Caller(1001))).ok());
  TicketMechanism ticket(&tickets);
  std::unique_ptr<Handshake> handshake;
  while (size >= 2) {
    const size_t length = std::min<size_t>(data[0] | data[1] << 8, size - 2);
    v1::AuthenticateRequest request;
    if (!request.ParseFromArray(data + 2, static_cast<int>(length))) return;
    data += 2 + length;
    size -= 2 + length;
    const bool by_ticket = request.mechanism() == "ticket";
    if (handshake == nullptr) {
      const HandshakeTerms terms = {"ipv4:127.0.0.1:1", request.binding(),
                                    std::string(kNonceSize, 'n')};
      handshake = by_ticket ? ticket.Begin(terms) : negotiate.Begin(terms);
    }
    const absl::StatusOr<HandshakeStep> step = Continue(handshake.get(), std::move(request));
    if (!step.ok()) return;  // Whoever asked ends the stream.
    if (step->caller == nullptr) {
      const bool goes_on = step->response.has_token() && !step->response.token().empty();
      Check(goes_on || step->response.has_context());
      continue;
    }
    Check(step->caller->principal()->key() == TokenTestPeer::Caller(1000).principal()->key());
    const Proof& proof = acceptor.proof;
    Check(proof.complete_and_sound && proof.agent_signed && proof.client_verified);
    return;
  }
}

}  // namespace proctor
