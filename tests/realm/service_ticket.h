#ifndef PROCTOR_TESTS_REALM_SERVICE_TICKET_H_
#define PROCTOR_TESTS_REALM_SERVICE_TICKET_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "tests/realm/keytab_file.h"

namespace proctor {

// A ticket that no KDC gave: whoever has a service's key can write one, and say in it what only a
// domain would.
struct ServiceTicket {
  std::string client = "alice";
  KeytabFileEntry key;                   // The service, its realm and its key.
  absl::Duration life = absl::Hours(1);  // A ticket that has ended has a negative one.
  // How far the client's clock is ahead of this machine's. Libraries keep that in the cache.
  absl::Duration client_ahead;
  // KERB_VALIDATION_INFO of the PAC; without, the ticket has no PAC.
  absl::optional<std::string> logon_info;
  // The PAC is signed with the service's key, as a domain does it; otherwise with another.
  bool pac_verifies = true;
};

// Makes `cache` (a file) one that holds this ticket and no other: what a client that uses it
// presents to the service. Nobody is asked.
absl::Status WriteTicketCache(const ServiceTicket& ticket, const std::string& cache);

}  // namespace proctor

#endif  // PROCTOR_TESTS_REALM_SERVICE_TICKET_H_
