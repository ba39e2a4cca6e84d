#ifndef PROCTOR_COMMON_CANONICAL_HOST_NAME_H_
#define PROCTOR_COMMON_CANONICAL_HOST_NAME_H_

#include <string>

namespace proctor {

// What the name service calls `host`: "agent.example.com" for "agent". `host` itself when it does
// not know. Blocks on the name service.
std::string CanonicalHostName(const std::string& host);

// This machine's name with its domain, in lower case, where it has one.
std::string FullHostName();

}  // namespace proctor

#endif  // PROCTOR_COMMON_CANONICAL_HOST_NAME_H_
