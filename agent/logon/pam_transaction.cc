#include "agent/logon/pam_transaction.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/erase_secret.h"

namespace proctor::logon {
namespace {

// Of what modules say: a line or two.
constexpr size_t kMaxSaid = 256;

const char* NameOf(int code) {
  switch (code) {
    case PAM_SYSTEM_ERR:
      return "PAM_SYSTEM_ERR";
    case PAM_BUF_ERR:
      return "PAM_BUF_ERR";
    case PAM_PERM_DENIED:
      return "PAM_PERM_DENIED";
    case PAM_AUTH_ERR:
      return "PAM_AUTH_ERR";
    case PAM_CRED_INSUFFICIENT:
      return "PAM_CRED_INSUFFICIENT";
    case PAM_AUTHINFO_UNAVAIL:
      return "PAM_AUTHINFO_UNAVAIL";
    case PAM_USER_UNKNOWN:
      return "PAM_USER_UNKNOWN";
    case PAM_MAXTRIES:
      return "PAM_MAXTRIES";
    case PAM_NEW_AUTHTOK_REQD:
      return "PAM_NEW_AUTHTOK_REQD";
    case PAM_ACCT_EXPIRED:
      return "PAM_ACCT_EXPIRED";
    case PAM_AUTHTOK_EXPIRED:
      return "PAM_AUTHTOK_EXPIRED";
    case PAM_SESSION_ERR:
      return "PAM_SESSION_ERR";
    case PAM_CRED_UNAVAIL:
      return "PAM_CRED_UNAVAIL";
    case PAM_CRED_EXPIRED:
      return "PAM_CRED_EXPIRED";
    case PAM_CRED_ERR:
      return "PAM_CRED_ERR";
    case PAM_AUTHTOK_ERR:
      return "PAM_AUTHTOK_ERR";
    case PAM_CONV_ERR:
      return "PAM_CONV_ERR";
    case PAM_ABORT:
      return "PAM_ABORT";
    default:
      return "PAM error";
  }
}

// What a conversation function gives back, until it does.
class Responses {
 public:
  explicit Responses(int count)
      : count_(count),
        all_(static_cast<pam_response*>(std::calloc(static_cast<size_t>(count), sizeof(*all_)))) {}
  ~Responses() {
    if (all_ == nullptr) return;
    for (int i = 0; i < count_; ++i) {
      if (all_[i].resp == nullptr) continue;
      ::explicit_bzero(all_[i].resp, std::strlen(all_[i].resp));
      std::free(all_[i].resp);
    }
    std::free(all_);
  }
  Responses(const Responses&) = delete;
  Responses& operator=(const Responses&) = delete;

  pam_response* get() const { return all_; }
  pam_response* release() { return std::exchange(all_, nullptr); }

 private:
  const int count_;
  pam_response* all_;
};

}  // namespace

PamTransaction::~PamTransaction() {
  EraseSecret(&password_);
  if (session_open_) CloseSession();
  if (handle_ != nullptr) ::pam_end(handle_, last_);
}

PamOutcome PamTransaction::Outcome(const char* call, int code) {
  last_ = code;
  PamOutcome outcome;
  outcome.call = call;
  outcome.code = code;
  if (code != PAM_SUCCESS) {
    outcome.text = absl::StrCat(call, ": ", NameOf(code), " (", ::pam_strerror(handle_, code), ")");
  }
  return outcome;
}

PamOutcome PamTransaction::Start(const std::string& service, const std::string& user,
                                 const std::string& config_directory) {
  const pam_conv conversation = {&Converse, this};
  const int code = config_directory.empty()
                       ? ::pam_start(service.c_str(), user.c_str(), &conversation, &handle_)
                       : ::pam_start_confdir(service.c_str(), user.c_str(), &conversation,
                                             config_directory.c_str(), &handle_);
  if (code != PAM_SUCCESS) {
    handle_ = nullptr;
    return Outcome("pam_start", code);
  }
  // The wait after a failure is ours, so that it has a bound.
  ::pam_set_item(handle_, PAM_FAIL_DELAY, reinterpret_cast<const void*>(&NoteFailDelay));
  return Outcome("pam_set_item", ::pam_set_item(handle_, PAM_TTY, "proctor"));
}

PamOutcome PamTransaction::SetRemoteHost(const std::string& host) {
  return Outcome("pam_set_item", ::pam_set_item(handle_, PAM_RHOST, host.c_str()));
}

PamOutcome PamTransaction::Authenticate(std::string* password) {
  password_.swap(*password);
  EraseSecret(password);
  // C takes what follows a NUL for nothing: a shorter password than the one that was given.
  if (password_.find('\0') != std::string::npos) EraseSecret(&password_);
  const int code = ::pam_authenticate(handle_, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
  EraseSecret(&password_);
  if (code == PAM_SUCCESS && !password_given_) {
    // Content with who asks, as pam_rootok(8) is: here that is always root.
    PamOutcome outcome = Outcome("pam_authenticate", PAM_AUTH_ERR);
    absl::StrAppend(&outcome.text, "; the service's modules do not ask for a password");
    return outcome;
  }
  return Outcome("pam_authenticate", code);
}

PamOutcome PamTransaction::CheckAccount() {
  said_.clear();
  // Not PAM_SILENT: only so does a module say why.
  PamOutcome outcome =
      Outcome("pam_acct_mgmt", ::pam_acct_mgmt(handle_, PAM_DISALLOW_NULL_AUTHTOK));
  if (!outcome.ok() && !said_.empty()) absl::StrAppend(&outcome.text, ": ", said_);
  return outcome;
}

PamOutcome PamTransaction::OpenSession() {
  PamOutcome outcome =
      Outcome("pam_setcred", ::pam_setcred(handle_, PAM_SILENT | PAM_ESTABLISH_CRED));
  if (!outcome.ok()) return outcome;
  outcome = Outcome("pam_open_session", ::pam_open_session(handle_, PAM_SILENT));
  session_open_ = outcome.ok();
  if (!outcome.ok()) ::pam_setcred(handle_, PAM_SILENT | PAM_DELETE_CRED);
  return outcome;
}

void PamTransaction::CloseSession() {
  if (!std::exchange(session_open_, false)) return;
  // What fails to close is in the module's own log; there is nobody to tell.
  last_ = ::pam_close_session(handle_, PAM_SILENT);
  ::pam_setcred(handle_, PAM_SILENT | PAM_DELETE_CRED);
}

std::string PamTransaction::User() const {
  const void* user = nullptr;
  if (::pam_get_item(handle_, PAM_USER, &user) != PAM_SUCCESS || user == nullptr) return "";
  return static_cast<const char*>(user);
}

std::vector<std::string> PamTransaction::Environment() const {
  std::vector<std::string> variables;
  char** const list = ::pam_getenvlist(handle_);
  if (list == nullptr) return variables;
  for (char** entry = list; *entry != nullptr; ++entry) {
    variables.emplace_back(*entry);
    std::free(*entry);
  }
  std::free(list);
  return variables;
}

char* PamTransaction::TakePassword() {
  if (password_.empty()) return nullptr;
  char* const copy = ::strdup(password_.c_str());
  EraseSecret(&password_);
  password_given_ = copy != nullptr;
  return copy;
}

void PamTransaction::Note(absl::string_view message) {
  message = absl::StripAsciiWhitespace(message);
  if (message.empty() || said_.size() >= kMaxSaid) return;
  absl::StrAppend(&said_, said_.empty() ? "" : "; ", message.substr(0, kMaxSaid - said_.size()));
}

int PamTransaction::Converse(int count, const pam_message** messages, pam_response** responses,
                             void* transaction) {
  if (count <= 0 || count > PAM_MAX_NUM_MSG) return PAM_CONV_ERR;
  Responses all(count);
  if (all.get() == nullptr) return PAM_BUF_ERR;
  for (int i = 0; i < count; ++i) {
    const int style = messages[i]->msg_style;
    if (style == PAM_TEXT_INFO || style == PAM_ERROR_MSG) {
      if (messages[i]->msg != nullptr) {
        static_cast<PamTransaction*>(transaction)->Note(messages[i]->msg);
      }
      continue;
    }
    if (style != PAM_PROMPT_ECHO_OFF) return PAM_CONV_ERR;
    all.get()[i].resp = static_cast<PamTransaction*>(transaction)->TakePassword();
    if (all.get()[i].resp == nullptr) return PAM_CONV_ERR;
  }
  *responses = all.release();
  return PAM_SUCCESS;
}

void PamTransaction::NoteFailDelay(int, unsigned microseconds, void* transaction) {
  auto* const self = static_cast<PamTransaction*>(transaction);
  self->fail_delay_ = std::max(self->fail_delay_, absl::Microseconds(microseconds));
}

}  // namespace proctor::logon
