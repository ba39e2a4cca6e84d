#ifndef PROCTOR_CLIENT_CLI_SESSION_H_
#define PROCTOR_CLIENT_CLI_SESSION_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/agent_client.h"
#include "client/cli/style.h"
#include "client/tls_options.h"
#include "common/mutex.h"
#include "google/protobuf/message.h"

namespace proctor::cli {

// Options that every command takes.
struct GlobalOptions {
  std::string agent;            // Empty: DefaultTarget().
  std::string connect_timeout;  // Empty: ClientOptions' own.
  // Over TLS, in place of the environment's (client/tls_options.h).
  std::string spn;
  std::string pin;
  std::string ca;
  std::string delegate;       // Empty, "true" or "required".
  std::string logon;          // User, "DOMAIN\\user"; empty: no logon with a password.
  std::string password_file;  // Empty: ask on the terminal.
  bool json = false;
  bool verbose = false;
};

// One invocation of the command: its options, its output, its connection. Thread-safe once the
// options are set, except client(), which the first thread calls first.
class Session {
 public:
  Session();

  GlobalOptions& options() { return options_; }
  bool json() const { return options_.json; }
  bool verbose() const { return options_.verbose; }

  // The connection, made on first use.
  absl::StatusOr<AgentClient*> client();
  // Where the agent is, in its one spelling when it has one.
  std::string Target() const;
  // --connect-timeout; zero without.
  absl::StatusOr<absl::Duration> ConnectTimeout() const;
  // How the two ends prove themselves over TLS. INVALID_ARGUMENT names the option or variable.
  absl::StatusOr<TlsOptions> Tls() const;

  // To standard output, complete. The first failure is kept: see Finish().
  absl::Status Print(absl::string_view text);
  absl::Status PrintJson(const google::protobuf::Message& message);
  // To standard error; failures are ignored, for there is nowhere left to tell them.
  void Note(absl::string_view text);
  // Says on standard error, once, when the credentials that were to be handed over were not.
  // Finish() does it, too.
  void TellDelegation();
  // Bytes of a job, to either descriptor.
  absl::Status Forward(int fd, absl::string_view data);

  // Tells about a failed call and returns `code`; `job_id` may be empty. With --json the error is
  // an object on standard error.
  int Fail(const absl::Status& status, int code, absl::string_view job_id = "");

  // `code`, unless standard output could not be written: 141, quietly, when its reader has gone (as
  // if SIGPIPE had ended the process), otherwise 125.
  int Finish(int code);

  // How standard output and standard error are to look.
  const Style& out_style() const { return out_style_; }
  const Style& err_style() const { return err_style_; }
  // Columns; 0 when it is not a terminal.
  size_t out_width() const;
  size_t err_width() const;

 private:
  LogonOptions Logon() const;
  // The first failure of standard output, or OK.
  absl::Status output() const;

  GlobalOptions options_;
  const Style out_style_;
  const Style err_style_;
  std::unique_ptr<AgentClient> client_;
  mutable Mutex mutex_;
  absl::Status output_ ABSL_GUARDED_BY(mutex_);
  bool output_reported_ ABSL_GUARDED_BY(mutex_) = false;
  bool delegation_told_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_SESSION_H_
