#ifndef PROCTOR_CLIENT_DELEGATION_RESULT_H_
#define PROCTOR_CLIENT_DELEGATION_RESULT_H_

#include <string>

namespace proctor {

// What came of the wish to hand the own Kerberos credentials over.
struct DelegationResult {
  bool delegated = false;
  // Why not, and what to do, as far as it can be known.
  std::string reason;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_DELEGATION_RESULT_H_
