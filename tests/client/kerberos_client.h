#ifndef PROCTOR_TESTS_CLIENT_KERBEROS_CLIENT_H_
#define PROCTOR_TESTS_CLIENT_KERBEROS_CLIENT_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/caller/handshake_workers.h"
#include "agent/caller/negotiate_mechanism.h"
#include "client/agent_client.h"
#include "common/clock.h"
#include "common/user_workers.h"
#include "tests/agent/rpc/tls_agent.h"
#include "tests/agent/token/identifying_pipeline.h"
#include "tests/agent/token/token_test_peer.h"
#include "tests/realm/test_realm.h"

namespace proctor {

inline constexpr char kService[] = "proctor/agent.test";
inline constexpr uint32_t kAlice = 1001;

// Every principal of the realm is Alice here: what a principal is to the machine has tests of its
// own.
class AliceOnly final : public PrincipalMap {
 public:
  absl::StatusOr<AnonymousCaller> Describe(const NegotiateFacts& facts,
                                           std::unique_ptr<NegotiatedClient> client) override {
    last = facts;
    has_client = client != nullptr;
    AnonymousCaller caller;
    caller.authentication.set_mechanism(facts.client_principal);
    return caller;
  }
  NegotiateFacts last;
  bool has_client = false;
};

// An agent that takes Kerberos.
class KerberosAgent {
 public:
  explicit KerberosAgent(const std::string& keytab, TlsAgent::Options options = {})
      : acceptor_(MakeNegotiateAcceptor({keytab, kService, false}).value()),
        mechanism_({acceptor_.get(), &principals, &pipeline_, &workers_, &lookups_}) {
    options.mechanisms = {&mechanism_};
    agent_ = std::make_unique<TlsAgent>(options);
  }

  TlsAgent& operator*() { return *agent_; }
  TlsAgent* operator->() { return agent_.get(); }

  AliceOnly principals;

 private:
  std::unique_ptr<NegotiateAcceptor> acceptor_;
  IdentifyingPipeline pipeline_{
      [](const AnonymousCaller&) { return TokenTestPeer::Caller(kAlice); }};
  HandshakeWorkers workers_;
  UserWorkers lookups_{UserWorkers::Options(), Clock::Real()};
  NegotiateMechanism mechanism_;
  std::unique_ptr<TlsAgent> agent_;
};

// A realm with alice, who has a ticket, and a service.
class KerberosClientTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!TestRealm::WhatIsMissing().empty()) return;
    realm_ = TestRealm::Create().value().release();
    ASSERT_TRUE(realm_->AddPrincipal("alice", "wonderland").ok());
    keytab_ = new std::string(realm_->AddService(kService).value());
    for (const auto& [name, value] : realm_->Environment()) {
      ::setenv(name.c_str(), value.c_str(), 1);
    }
  }
  static void TearDownTestSuite() {
    delete realm_;
    delete keytab_;
    realm_ = nullptr;
  }
  void SetUp() override {
    if (realm_ == nullptr) GTEST_SKIP() << "needs " << TestRealm::WhatIsMissing();
    ::setenv("KRB5_CONFIG", realm_->Environment().at("KRB5_CONFIG").c_str(), 1);
    const std::string cache = realm_->File("alice.ccache");
    ASSERT_TRUE(realm_->Kinit("alice", cache).ok());
    ::setenv("KRB5CCNAME", ("FILE:" + cache).c_str(), 1);
  }

  static ClientOptions OptionsFor(const std::string& endpoint) {
    ClientOptions options;
    options.target = endpoint;
    options.tls.service_principal = kService;
    options.retry.window = absl::ZeroDuration();
    return options;
  }
  static std::unique_ptr<AgentClient> Connect(const std::string& endpoint) {
    return AgentClient::Connect(OptionsFor(endpoint)).value();
  }

  // A krb5.conf that names other key distribution centres of the realm, on 127.0.0.1, and has
  // another line in [libdefaults] and other realms.
  static void UseConfiguration(const std::vector<int>& kdc_ports, const std::string& line = "",
                               const std::string& realms = "") {
    const std::string path = realm_->File("other-krb5.conf");
    std::ofstream file(path, std::ios::trunc);
    file << "[libdefaults]\n  default_realm = " << realm_->name()
         << "\n  dns_lookup_realm = false\n  dns_lookup_kdc = false\n"
            "  dns_canonicalize_hostname = false\n  rdns = false\n  "
         << line << "\n[realms]\n  " << realm_->name() << " = {\n";
    for (const int port : kdc_ports) file << "    kdc = 127.0.0.1:" << port << "\n";
    file << "  }\n" << realms;
    file.close();
    ::setenv("KRB5_CONFIG", path.c_str(), 1);
  }

  static inline TestRealm* realm_ = nullptr;
  static inline std::string* keytab_ = nullptr;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_CLIENT_KERBEROS_CLIENT_H_
