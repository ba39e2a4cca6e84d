#include "agent/caller/name_lookups.h"

namespace proctor {

UserWorkers::Options NameLookupOptions() {
  UserWorkers::Options options;
  // A farm's machines may have one principal, and begin at the same moment.
  options.max_running_per_user = 4;
  options.max_waiting_per_user = 128;
  // Less than a handshake may take.
  options.deadline = absl::Seconds(7);
  options.late = "the agent's name service did not answer";
  options.advice =
      "the directory behind it (winbind, sssd, LDAP, a domain controller) does not answer the "
      "agent; what it has answered once may be known without it: try again";
  return options;
}

}  // namespace proctor
