#ifndef PROCTOR_COMMON_SECURE_RANDOM_H_
#define PROCTOR_COMMON_SECURE_RANDOM_H_

#include <cstddef>
#include <string>

namespace proctor {

// `count` bytes of OpenSSL's generator for secrets, on any thread. Ends the process when there are
// none to be had: whatever asked would be predictable.
std::string SecureRandomBytes(size_t count);

}  // namespace proctor

#endif  // PROCTOR_COMMON_SECURE_RANDOM_H_
