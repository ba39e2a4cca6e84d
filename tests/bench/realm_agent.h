#ifndef PROCTOR_TESTS_BENCH_REALM_AGENT_H_
#define PROCTOR_TESTS_BENCH_REALM_AGENT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/client_options.h"
#include "tests/bench/agent_process.h"
#include "tests/realm/test_realm.h"

namespace proctor::bench {

// A realm and an agent in it that takes Kerberos, and passwords that it does not look at. This
// process holds a ticket of the principal "bench", whose account is "nobody"; "admin" is root's.
class RealmAgent {
 public:
  static absl::StatusOr<std::unique_ptr<RealmAgent>> Start();

  // "localhost:41234"
  const std::string& endpoint() const { return endpoint_; }
  int port() const { return port_; }
  pid_t pid() const { return agent_->pid(); }
  TestRealm& realm() const { return *realm_; }

  ClientOptions KerberosOptions() const;
  // With the pin of `certificate` (32 bytes).
  ClientOptions PasswordOptions(const std::string& certificate) const;

 private:
  RealmAgent() = default;

  std::unique_ptr<TestRealm> realm_;
  std::unique_ptr<AgentProcess> agent_;
  std::string endpoint_;
  int port_ = 0;
};

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_REALM_AGENT_H_
