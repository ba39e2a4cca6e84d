#ifndef PROCTOR_COMMON_NEGOTIATE_CONTEXT_H_
#define PROCTOR_COMMON_NEGOTIATE_CONTEXT_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace proctor {

// Bounds of one exchange of tokens; contexts refuse what exceeds them. A Windows ticket with many
// groups is about 48,000 bytes at most (MaxTokenSize), and a message of the handshake 64 KiB.
constexpr size_t kMaxNegotiateTokenBytes = 60 << 10;
constexpr int kMaxNegotiateLegs = 8;  // Tokens taken by one end.

enum class NegotiatedProtocol { kKerberos, kNtlm };

// What a complete context says about itself: flags as the security mechanism returned them, not as
// they were asked for.
struct NegotiateFacts {
  NegotiatedProtocol protocol = NegotiatedProtocol::kKerberos;
  std::string client_principal;   // "alice@EXAMPLE.COM"; NTLM: "DOMAIN\\alice".
  std::string service_principal;  // "proctor/host.example.com@EXAMPLE.COM"; empty with NTLM.
  bool mutual = false;
  bool integrity = false;
  bool replay_detection = false;
  bool sequence_detection = false;
  // The acceptor has compared the client's channel binding with its own. An initiator cannot know.
  bool channel_bound = false;
  // The client's credentials came along. An initiator: they were sent.
  bool delegated = false;
  // An initiator that was to delegate and did not: why, and what to do, as far as it can be known.
  std::string not_delegated_reason;
  absl::Time expires = absl::InfiniteFuture();
};

struct NegotiateStep {
  std::string token;      // To be sent; an empty one is not.
  bool complete = false;  // This end needs no more tokens.
};

// What an acceptor's complete context holds beyond facts(): the platform's own handle of the
// client. On Linux a GssAcceptedClient (common/linux/gss_accepted_client.h), on Windows an
// SspiAcceptedClient (common/win32/sspi_accepted_client.h) with the client's token.
class NegotiatedClient {
 public:
  NegotiatedClient() = default;
  NegotiatedClient(const NegotiatedClient&) = delete;
  NegotiatedClient& operator=(const NegotiatedClient&) = delete;
  virtual ~NegotiatedClient() = default;
};

// One end of one security-context exchange: GSSAPI or SSPI. Not thread-safe, but not bound to a
// thread either. Public functions check bounds and results, the platform's context does the work.
//
// Errors carry a v1::FailureDetail with call, code (the mechanism's own: a krb5 error, a
// SECURITY_STATUS) and advice. UNAUTHENTICATED: the other end, or the own credentials, are not
// good; UNAVAILABLE: a key distribution centre did not answer; FAILED_PRECONDITION: this machine
// lacks something.
class NegotiateContext {
 public:
  virtual ~NegotiateContext() = default;
  NegotiateContext(const NegotiateContext&) = delete;
  NegotiateContext& operator=(const NegotiateContext&) = delete;

  // Takes the peer's next token (an initiator's first is empty). Blocks as long as it takes the
  // mechanism to ask key distribution centres and its replay cache: seconds. When the exchange is
  // complete, what came of it has been checked: flags, mechanism, and at an acceptor the service
  // principal and the binding. After an error the context is of no use.
  absl::StatusOr<NegotiateStep> Step(absl::string_view token);

  // A signature (MIC) of `message` with the context's key, and its verification. Only after Step
  // was complete.
  absl::StatusOr<std::string> Sign(absl::string_view message);
  absl::Status Verify(absl::string_view message, absl::string_view signature);

  bool complete() const { return complete_; }
  // Valid when complete.
  const NegotiateFacts& facts() const { return facts_; }
  // An acceptor's, when complete: to be called once. Null at an initiator.
  virtual std::unique_ptr<NegotiatedClient> TakeClient() { return nullptr; }

 protected:
  // What must have come of the exchange.
  struct Requirements {
    bool is_acceptor = false;
    bool allow_ntlm = false;
    // Acceptor: the service principal, without its realm where it has none here. Initiator: empty.
    std::string service_principal;
  };
  explicit NegotiateContext(Requirements requirements) : requirements_(std::move(requirements)) {}

  // Whether `meant` is the service that the requirements name; the error says what is.
  absl::Status CheckService(absl::string_view meant) const;

  // One call of the platform; `facts` is filled in when the step is complete.
  virtual absl::StatusOr<NegotiateStep> DoStep(absl::string_view token, NegotiateFacts* facts) = 0;
  virtual absl::StatusOr<std::string> DoSign(absl::string_view message) = 0;
  virtual absl::Status DoVerify(absl::string_view message, absl::string_view signature) = 0;

 private:
  absl::Status CheckFacts() const;

  const Requirements requirements_;
  int legs_ = 0;
  bool complete_ = false;
  bool failed_ = false;
  NegotiateFacts facts_;
};

// The client's end.
struct NegotiateInitiatorOptions {
  // "proctor/host.example.com", with "@REALM" when it is not to be guessed.
  std::string target;
  // "tls-server-end-point" hash of the server's certificate (CertificateHashes::end_point).
  std::string binding;
  bool delegate = false;    // Hand over the own credentials, if they may be handed over.
  bool allow_ntlm = false;  // Only with a certificate that a CA or a pin vouches for.
  // Told by Step, on its thread, before a request goes to a key distribution centre of `realm`, as
  // far as that is known (Linux). May be empty.
  std::function<void(absl::string_view realm)> on_kdc;
};

// With the credentials of the process's user: Linux, the default credential cache; Windows, the
// logon session. Nothing is sent or asked yet.
absl::StatusOr<std::unique_ptr<NegotiateContext>> MakeNegotiateInitiator(
    const NegotiateInitiatorOptions& options);

// Whom MakeNegotiateInitiator would authenticate as, for `proctor login`.
struct NegotiateIdentity {
  std::string principal;  // "alice@EXAMPLE.COM", "DOMAIN\\alice"
  // When the ticket-granting ticket ends; InfiniteFuture where the platform renews it by itself.
  absl::Time expires = absl::InfiniteFuture();
  std::string source;  // "FILE:/tmp/krb5cc_1000", "the logon session"
};
absl::StatusOr<NegotiateIdentity> ReadNegotiateIdentity();

// The agent's end.
struct NegotiateAcceptorOptions {
  std::string keytab;  // Linux. Empty: the Kerberos library's default.
  // "proctor/host.example.com", realm optional: clients must have meant this one and no other.
  std::string service_principal;
  bool allow_ntlm = false;  // Windows.
};

// The agent's credential for accepting, acquired once. Thread-safe.
class NegotiateAcceptor {
 public:
  virtual ~NegotiateAcceptor() = default;

  // A context for one client, bound to the certificate with the "tls-server-end-point" hash
  // `binding`. Takes SPNEGO and raw Kerberos (Windows: what the Negotiate package takes).
  virtual absl::StatusOr<std::unique_ptr<NegotiateContext>> Accept(absl::string_view binding) = 0;

  // Whom clients must have meant, with its realm where that is known.
  virtual std::string service_principal() const = 0;
  // OK when there is a key to accept with now; the error says what is missing. Reads the keytab.
  virtual absl::Status CheckUsable() const = 0;
};

// FAILED_PRECONDITION when this machine cannot accept at all (no library, no account).
absl::StatusOr<std::unique_ptr<NegotiateAcceptor>> MakeNegotiateAcceptor(
    const NegotiateAcceptorOptions& options);

// Whether `service`, "proctor/host.example.com@EXAMPLE.COM", is the `expected` one, which may leave
// the realm out: the key that decrypts the ticket settles that. Case does not count, as nobody
// tells hosts apart by it, and domains and their tools spell one name in several ways.
bool IsService(absl::string_view service, absl::string_view expected);

// The application data of the bindings, the same on all platforms (RFC 5929, section 4).
std::string EndPointBindingData(absl::string_view end_point_hash);

}  // namespace proctor

#endif  // PROCTOR_COMMON_NEGOTIATE_CONTEXT_H_
