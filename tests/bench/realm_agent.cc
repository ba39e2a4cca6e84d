#include "tests/bench/realm_agent.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/secret_bytes.h"
#include "tests/bench/free_port.h"

namespace proctor::bench {
namespace {

constexpr char kService[] = "proctor/localhost";
constexpr char kPassword[] = "secret";

// Not the whole way to a password's hash, which takes what its administrator wants it to take: what
// the agent adds to that.
constexpr char kPam[] =
    "auth optional pam_unix.so nodelay\nauth required pam_permit.so\n"
    "account required pam_permit.so\n";

absl::StatusOr<std::unique_ptr<TestRealm>> MakeRealm() {
  RealmOptions options;
  options.realm_section = {"auth_to_local_names = {", "  bench = nobody", "  admin = root", "}"};
  absl::StatusOr<std::unique_ptr<TestRealm>> realm = TestRealm::Create(options);
  if (!realm.ok()) return realm;
  for (const char* principal : {"bench", "admin"}) {
    absl::Status made = (*realm)->AddPrincipal(principal, kPassword);
    made.Update((*realm)->Kinit(principal, (*realm)->File(principal)));
    if (!made.ok()) return made;
  }
  return realm;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RealmAgent>> RealmAgent::Start() {
  if (::geteuid() != 0) return absl::FailedPreconditionError("needs root");
  if (const std::string missing = TestRealm::WhatIsMissing(); !missing.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("needs ", missing));
  }
  absl::StatusOr<std::unique_ptr<TestRealm>> realm = MakeRealm();
  if (!realm.ok()) return realm.status();
  absl::StatusOr<std::string> keytab = (*realm)->AddService(kService);
  if (!keytab.ok()) return keytab.status();
  absl::StatusOr<int> port = FreePort();
  if (!port.ok()) return port.status();

  AgentProcess::Setup setup;
  setup.program = (*realm)->File("host");
  std::ofstream(setup.program) << "#!/bin/sh\nexec " PROCTOR_BIN_DIR
                                  "/proctor-jobhost \"$@\" --pam-config "
                               << (*realm)->directory() << "\n";
  ::chmod(setup.program.c_str(), 0755);
  std::ofstream((*realm)->File("proctor-bench")) << kPam;
  setup.config =
      absl::StrCat("tls_listen: \"127.0.0.1:", *port, "\"\nnegotiate { enabled: true keytab: \"",
                   *keytab, "\" service_principal: \"", kService,
                   "\" }\nlogon { enabled: true pam_service: \"proctor-bench\" }\n"
                   "account_check { pam_service: \"proctor-bench\" }\n"
                   "policy { bounds { who { everybody: true } max_sessions: 20000 } }\n");
  for (const auto& [name, value] : (*realm)->AcceptorEnvironment(*keytab)) {
    setup.environment.push_back(absl::StrCat(name, "=", value));
  }
  absl::StatusOr<std::unique_ptr<AgentProcess>> agent = AgentProcess::Start(setup);
  if (!agent.ok()) return agent.status();
  for (const auto& [name, value] : (*realm)->ClientEnvironment((*realm)->File("bench"))) {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  std::unique_ptr<RealmAgent> started(new RealmAgent());
  started->realm_ = *std::move(realm);
  started->agent_ = *std::move(agent);
  started->port_ = *port;
  started->endpoint_ = absl::StrCat("localhost:", *port);
  return started;
}

ClientOptions RealmAgent::KerberosOptions() const {
  ClientOptions options;
  options.target = absl::StrCat("tls:", endpoint_);
  return options;
}

ClientOptions RealmAgent::PasswordOptions(const std::string& certificate) const {
  ClientOptions options = KerberosOptions();
  options.tls.trust.pin = certificate;
  options.logon.emplace();
  options.logon->user = "nobody";
  options.logon->password = []() -> absl::StatusOr<SecretBytes> { return SecretBytes(kPassword); };
  return options;
}

}  // namespace proctor::bench
