#ifndef PROCTOR_CLIENT_CLIENT_OPTIONS_H_
#define PROCTOR_CLIENT_CLIENT_OPTIONS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/logon_options.h"
#include "client/tls_options.h"

namespace proctor {

class HandshakeSource;
class TicketSource;

// How an idempotent call that found the agent UNAVAILABLE is repeated.
struct RetryPolicy {
  // How long to go on after the agent was last heard of in this call. Zero: never retry.
  absl::Duration window = absl::Seconds(30);
  // Pauses double from the first to the second, each with a random part of up to a quarter.
  absl::Duration initial_backoff = absl::Milliseconds(25);
  absl::Duration max_backoff = absl::Seconds(1);
};

// PROCTOR_AGENT of the environment when it is set and not empty, otherwise where an agent usually
// is: "unix:/run/proctor/agent.sock", on Windows "pipe:proctor-agent".
std::string DefaultTarget();

// The target in its one spelling. "/run/x.sock" means "unix:/run/x.sock"; "unix:PATH" and
// "unix-abstract:NAME" stay, as gRPC spells them, and so does "pipe:NAME". "HOST", "HOST:PORT" and
// "tls:HOST:PORT", with an IPv6 address in brackets, are "tls:HOST:PORT", where the port is
// kUsualPort unless given. INVALID_ARGUMENT for anything else.
absl::StatusOr<std::string> NormalizeTarget(absl::string_view target);

// Where agents listen for callers from other machines (not registered with IANA).
constexpr int kUsualPort = 7707;

struct ClientOptions {
  // Where the agent is. Not used with a ticket or handshake source: these say where.
  std::string target = DefaultTarget();
  // Tickets for sessions over TLS. Null: the kernel names the caller to the agent, or `tls` says
  // how the two ends prove themselves.
  std::shared_ptr<TicketSource> ticket_source;
  // Another way to open sessions, in place of both; for mechanisms of one's own.
  std::shared_ptr<HandshakeSource> handshake_source;
  // For targets "tls:HOST:PORT".
  TlsOptions tls;
  // There, a logon with a password in place of Kerberos; needs `tls.trust` to vouch for the
  // certificate.
  absl::optional<LogonOptions> logon;
  // How long the first call waits for an agent that nobody has reached yet: no socket there, nobody
  // listening, or authentication that does not come to an end. Zero: one attempt, whose failure is
  // reported at once; it may take ten seconds over TLS, authentication included. Once the agent has
  // answered, `retry` applies, and a new session may take ten seconds.
  absl::Duration connect_timeout = absl::ZeroDuration();
  // Told what the opening of a session waits for when that takes longer than a second: "the KDC of
  // EXAMPLE.COM". Called on threads of calls. May be empty.
  std::function<void(const std::string& what)> on_waiting;
  RetryPolicy retry;
  // Fill in a random request id when a Launch or Run names none, so that it can be repeated safely.
  bool make_request_id = true;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_CLIENT_OPTIONS_H_
