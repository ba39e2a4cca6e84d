#ifndef PROCTOR_AGENT_LOGON_PAM_TRANSACTION_H_
#define PROCTOR_AGENT_LOGON_PAM_TRANSACTION_H_

#include <security/pam_appl.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace proctor::logon {

// What a PAM call came to.
struct PamOutcome {
  const char* call = "";
  int code = PAM_SUCCESS;
  std::string text;  // "pam_authenticate: PAM_AUTH_ERR (Authentication failure)"

  bool ok() const { return code == PAM_SUCCESS; }
};

// One pam_handle_t, pam(3). Prompts are answered with the password, once and only where it would
// not be echoed; every other prompt is refused. Used by one thread.
class PamTransaction {
 public:
  PamTransaction() = default;
  ~PamTransaction();  // pam_end.
  PamTransaction(const PamTransaction&) = delete;
  PamTransaction& operator=(const PamTransaction&) = delete;

  // First. `config_directory`: where the service's file is; empty: where PAM looks for it.
  PamOutcome Start(const std::string& service, const std::string& user,
                   const std::string& config_directory);
  // PAM_RHOST.
  PamOutcome SetRemoteHost(const std::string& host);

  // pam_authenticate without null passwords; a success that nobody asked the password for is
  // PAM_AUTH_ERR. Erases `password`. Does not wait: see fail_delay.
  PamOutcome Authenticate(std::string* password);
  // pam_acct_mgmt. A password that must be changed is a failure. The text of a failure ends with
  // what the modules say, as pam_nologin(8) does with the text of /etc/nologin.
  PamOutcome CheckAccount();
  // pam_setcred and pam_open_session; both or neither.
  PamOutcome OpenSession();
  void CloseSession();

  // As PAM names the account by now.
  std::string User() const;
  // pam_getenvlist.
  std::vector<std::string> Environment() const;
  // The longest that a module wanted a failure to take.
  absl::Duration fail_delay() const { return fail_delay_; }

 private:
  static int Converse(int count, const pam_message** messages, pam_response** responses,
                      void* transaction);
  static void NoteFailDelay(int code, unsigned microseconds, void* transaction);
  PamOutcome Outcome(const char* call, int code);
  // malloc'd, or null when there is none to give.
  char* TakePassword();
  void Note(absl::string_view message);

  pam_handle_t* handle_ = nullptr;
  int last_ = PAM_SUCCESS;
  bool session_open_ = false;
  std::string password_;
  bool password_given_ = false;
  absl::Duration fail_delay_;
  std::string said_;  // By modules, to whoever logs on; bounded.
};

}  // namespace proctor::logon

#endif  // PROCTOR_AGENT_LOGON_PAM_TRANSACTION_H_
