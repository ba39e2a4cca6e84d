#ifndef PROCTOR_TESTS_REALM_TEST_REALM_H_
#define PROCTOR_TESTS_REALM_TEST_REALM_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/realm/finished_program.h"

namespace proctor {

struct RealmOptions {
  std::string name = "PROCTOR.TEST";
  // Where the KDC listens; an address of this machine (or of the network namespace that the process
  // is in).
  std::string address = "127.0.0.1";
  // Where the directory is made; empty: the directory for temporary files.
  std::string parent_directory;
  // More lines for [libdefaults] of krb5.conf, and for the realm's own section: "auth_to_local =
  // …".
  std::vector<std::string> libdefaults;
  std::vector<std::string> realm_section;
};

struct KinitOptions {
  bool forwardable = true;
  absl::Duration lifetime = absl::Hours(1);
};

// A real MIT KDC with a database, a configuration and a port of its own. Nothing of the machine's
// own configuration is read or changed. The directory may be entered by everybody (krb5.conf is
// public); keys, caches and the database belong to the process and are 0600.
//
// Services are "proctor/NAME"; NAME is taken as it is written (no canonical names, no DNS), so any
// name that resolves to the agent will do: "localhost" on loopback.
//
// Not thread-safe. A forked child may use everything but the KDC's start and stop.
class TestRealm {
 public:
  // What is missing for a realm here; empty when nothing is. Tests skip with it.
  static std::string WhatIsMissing();
  // Makes the database and starts the KDC; it answers when this returns.
  static absl::StatusOr<std::unique_ptr<TestRealm>> Create(RealmOptions options = {});
  // Ends the KDC and removes the directory.
  ~TestRealm();
  TestRealm(const TestRealm&) = delete;
  TestRealm& operator=(const TestRealm&) = delete;

  // "alice"; the password is what Kinit uses.
  absl::Status AddPrincipal(const std::string& name, const std::string& password);
  // A principal with a random key, "proctor/localhost": the path of its keytab.
  absl::StatusOr<std::string> AddService(const std::string& spn);
  // An account as a domain has it: its names, "AGENT$" or "proctor/localhost", share one key, with
  // version 1. The path of its keytab, KeytabOf(the first name), which has them in this order.
  absl::StatusOr<std::string> AddAccount(const std::vector<std::string>& names);
  // Gives a service a new key, added to its keytab; the old one stays there, for the tickets that
  // are out.
  absl::Status NewKey(const std::string& spn);
  // Takes all keys but the newest from the service's keytab.
  absl::Status ForgetOldKeys(const std::string& spn);
  // kadmin's modify_principal: "+ok_as_delegate", "+ok_to_auth_as_delegate", "-allow_tix".
  absl::Status Modify(const std::string& principal, const std::string& change);
  // Principals of each realm get tickets for services of the other. Both KDCs are started again.
  absl::Status Trust(TestRealm& other);

  // Gets a ticket-granting ticket with the principal's password into the file `ccache`, which then
  // belongs to whoever this process is.
  absl::Status Kinit(const std::string& principal, const std::string& ccache,
                     const KinitOptions& options = {}) const;

  void StopKdc();
  absl::Status StartKdc();

  const std::string& name() const { return options_.name; }
  const std::string& directory() const { return directory_; }
  std::string File(const std::string& name) const { return directory_ + "/" + name; }
  std::string KeytabOf(const std::string& spn) const;
  int port() const { return port_; }

  // For a child process: KRB5_CONFIG, and a replay cache in the directory. Beside it goes what the
  // child uses of KRB5CCNAME and KRB5_KTNAME.
  ProgramEnvironment Environment() const;
  ProgramEnvironment ClientEnvironment(const std::string& ccache) const;
  ProgramEnvironment AcceptorEnvironment(const std::string& keytab) const;

 private:
  explicit TestRealm(RealmOptions options) : options_(std::move(options)) {}
  absl::Status Initialise();
  absl::Status WriteConfiguration() const;
  absl::Status WriteFile(const std::string& name, const std::string& text, int mode) const;
  // Runs an administrator's program on this realm's database; its output.
  absl::StatusOr<std::string> Administrate(const std::vector<std::string>& words) const;
  bool KdcAnswers() const;
  ProgramEnvironment KdcEnvironment() const;

  const RealmOptions options_;
  std::string directory_;
  int port_ = 0;
  pid_t kdc_ = -1;
  std::map<std::string, std::string> passwords_;
  // The other realms that clients of this one know: name -> "address:port".
  std::map<std::string, std::string> trusted_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_REALM_TEST_REALM_H_
