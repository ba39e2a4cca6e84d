#ifndef PROCTOR_AGENT_RPC_SESSION_TERMS_H_
#define PROCTOR_AGENT_RPC_SESSION_TERMS_H_

#include <string>
#include <vector>

#include "agent/caller/binding_set.h"
#include "agent/caller/mechanism.h"
#include "agent/caller/session_table.h"
#include "agent/caller/tls_connections.h"
#include "agent/rpc/handshake_bounds.h"

namespace proctor {

// How sessions are opened on one TLS listener. Owns nothing; all of it outlives the listener.
struct SessionTerms {
  SessionTable* sessions = nullptr;
  std::vector<Mechanism*> mechanisms;
  HandshakeBounds* bounds = nullptr;
  TlsConnections* connections = nullptr;
  const BindingSet* bindings = nullptr;  // Of its certificates.
  std::string listener;                  // Its name in the session table, no other listener's.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_SESSION_TERMS_H_
