#include "client/cli/session.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/duration_text.h"
#include "client/cli/error_report.h"
#include "client/cli/exit_code.h"
#include "client/cli/job_text.h"
#include "client/cli/json_text.h"
#include "client/cli/password_prompt.h"
#include "client/cli/standard_streams.h"
#include "common/failure_detail.h"
#include "common/printable.h"

namespace proctor::cli {
namespace {

constexpr int kBrokenPipeCode = kExitSignalBase + 13;  // What a shell shows for SIGPIPE.

// NO_COLOR: https://no-color.org, any value but the empty one.
bool WantsColour(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return false;
  if (term != nullptr && absl::string_view(term) == "dumb") return false;
  return IsTerminal(fd);
}

}  // namespace

Session::Session()
    : out_style_(WantsColour(kStandardOutput)), err_style_(WantsColour(kStandardError)) {}

std::string Session::Target() const {
  const std::string target = options_.agent.empty() ? DefaultTarget() : options_.agent;
  return NormalizeTarget(target).value_or(target);
}

LogonOptions Session::Logon() const {
  LogonOptions logon;
  const size_t backslash = options_.logon.find('\\');
  if (backslash != std::string::npos) logon.domain = options_.logon.substr(0, backslash);
  logon.user =
      backslash == std::string::npos ? options_.logon : options_.logon.substr(backslash + 1);
  // Kept for sessions after the first: nobody is asked again in the middle of a long run.
  logon.password = [kept = std::make_shared<SecretBytes>(), user = options_.logon,
                    file = options_.password_file]() -> absl::StatusOr<SecretBytes> {
    if (!kept->empty()) return kept->Clone();
    absl::StatusOr<SecretBytes> password =
        file.empty() ? PromptPassword(absl::StrCat("Password of ", user, ": "))
                     : ReadPasswordFile(file);
    if (password.ok()) *kept = password->Clone();
    return password;
  };
  return logon;
}

absl::StatusOr<AgentClient*> Session::client() {
  if (client_ == nullptr) {
    ClientOptions options;
    if (!options_.agent.empty()) options.target = options_.agent;
    absl::StatusOr<TlsOptions> tls = Tls();
    if (!tls.ok()) return tls.status();
    options.tls = *std::move(tls);
    const absl::StatusOr<absl::Duration> timeout = ConnectTimeout();
    if (!timeout.ok()) return timeout.status();
    options.connect_timeout = *timeout;
    if (!json() && IsTerminal(kStandardError)) {
      options.on_waiting = [this](const std::string& what) {
        Note(absl::StrCat("proctor: waiting for ", Printable(what), " …\n"));
      };
    }
    if (!options_.logon.empty()) options.logon = Logon();
    absl::StatusOr<std::unique_ptr<AgentClient>> client = AgentClient::Connect(std::move(options));
    if (!client.ok()) return client.status();
    client_ = *std::move(client);
  }
  return client_.get();
}

absl::StatusOr<absl::Duration> Session::ConnectTimeout() const {
  if (options_.connect_timeout.empty()) return absl::ZeroDuration();
  absl::StatusOr<absl::Duration> timeout = ParseDurationText(options_.connect_timeout);
  if (!timeout.ok()) return Blame("--connect-timeout", timeout.status());
  return timeout;
}

absl::StatusOr<TlsOptions> Session::Tls() const {
  absl::StatusOr<TlsOptions> tls = TlsOptionsOfEnvironment();
  if (!tls.ok()) return tls;
  if (!options_.spn.empty()) tls->service_principal = options_.spn;
  if (!options_.delegate.empty()) {
    tls->require_delegation = options_.delegate == "required";
    tls->delegate = options_.delegate == "true";
    if (!tls->require_delegation && !tls->delegate) {
      return absl::InvalidArgumentError(
          absl::StrCat("--delegate: is given alone, or as --delegate=required; not \"",
                       options_.delegate, "\""));
    }
  }
  if (!options_.pin.empty()) {
    absl::StatusOr<std::string> pin = ParsePin(options_.pin);
    if (!pin.ok()) return Blame("--pin", pin.status());
    tls->trust.pin = *std::move(pin);
  }
  if (!options_.ca.empty()) {
    absl::StatusOr<std::string> ca = ReadAuthorities(options_.ca);
    if (!ca.ok()) return Blame("--ca", ca.status());
    tls->trust.ca_pem = *std::move(ca);
  }
  return tls;
}

absl::Status Session::Print(absl::string_view text) { return Forward(kStandardOutput, text); }

absl::Status Session::PrintJson(const google::protobuf::Message& message) {
  return Print(JsonLine(message));
}

void Session::Note(absl::string_view text) { (void)WriteAll(kStandardError, text); }

void Session::TellDelegation() {
  if (json() || client_ == nullptr) return;
  const absl::optional<DelegationResult> result = client_->delegation();
  if (!result.has_value() || result->delegated) return;
  {
    const MutexLock lock(&mutex_);
    if (std::exchange(delegation_told_, true)) return;
  }
  Note(absl::StrCat("proctor: your Kerberos credentials were not handed over: ",
                    Printable(result->reason), "\n"));
}

absl::Status Session::Forward(int fd, absl::string_view data) {
  absl::Status status = WriteAll(fd, data);
  if (!status.ok()) {
    const MutexLock lock(&mutex_);
    if (output_.ok()) output_ = status;
  }
  return status;
}

absl::Status Session::output() const {
  const MutexLock lock(&mutex_);
  return output_;
}

int Session::Fail(const absl::Status& status, int code, absl::string_view job_id) {
  if (!output().ok()) return Finish(code);
  if (json()) {
    Note(JsonErrorLine(status, job_id));
    return code;
  }
  const ErrorReport report = DescribeError(status, Target());
  std::string text = absl::StrCat(err_style_.Bad("proctor:"), " ", report.headline, "\n");
  if (!report.system_message.empty()) absl::StrAppend(&text, "  ", report.system_message, "\n");
  if (!report.advice.empty()) absl::StrAppend(&text, "  ", report.advice, "\n");
  const absl::optional<v1::FailureDetail> detail = GetFailureDetail(status);
  if (verbose() && detail.has_value() && !detail->stages().empty()) {
    absl::StrAppend(&text, StagesText(detail->stages(), err_width(), err_style_));
  }
  Note(text);
  return code;
}

int Session::Finish(int code) {
  TellDelegation();
  const absl::Status written = output();
  if (written.ok()) return code;
  if (IsBrokenPipe(written)) return kBrokenPipeCode;
  {
    const MutexLock lock(&mutex_);
    if (std::exchange(output_reported_, true)) return kExitProctorFailed;
  }
  Note(absl::StrCat(err_style_.Bad("proctor:"), " ", written.message(), "\n"));
  return kExitProctorFailed;
}

size_t Session::out_width() const { return TerminalWidth(kStandardOutput); }
size_t Session::err_width() const { return TerminalWidth(kStandardError); }

}  // namespace proctor::cli
