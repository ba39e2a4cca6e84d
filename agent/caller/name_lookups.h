#ifndef PROCTOR_AGENT_CALLER_NAME_LOOKUPS_H_
#define PROCTOR_AGENT_CALLER_NAME_LOOKUPS_H_

#include "common/user_workers.h"

namespace proctor {

// Of the threads that ask the name service who callers are. It may be a directory that does not
// answer, for a minute or for ever: that holds up those alone who have to be looked up there.
UserWorkers::Options NameLookupOptions();

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_NAME_LOOKUPS_H_
