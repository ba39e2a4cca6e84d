#ifndef PROCTOR_AGENT_RPC_SESSION_TERMS_H_
#define PROCTOR_AGENT_RPC_SESSION_TERMS_H_

#include <string>

#include "agent/caller/session_table.h"
#include "agent/caller/ticket_book.h"
#include "agent/rpc/handshake_bounds.h"

namespace proctor {

// How sessions are opened on one TLS listener. Owns nothing; all of it outlives the listener.
struct SessionTerms {
  SessionTable* sessions = nullptr;
  TicketBook* tickets = nullptr;  // Null: the mechanism "ticket" is not offered.
  HandshakeBounds* bounds = nullptr;
  std::string listener;  // Its name in the session table, no other listener's.
  std::string binding;   // "tls-server-end-point" of its certificate.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_SESSION_TERMS_H_
