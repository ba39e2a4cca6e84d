#ifndef PROCTOR_COMMON_ERASE_SECRET_H_
#define PROCTOR_COMMON_ERASE_SECRET_H_

#include <string>

namespace proctor {

// Overwrites all that the string's buffer holds, also beyond its end, and leaves it empty. For
// secrets that have to travel in a std::string; what can hold one itself uses SecretBytes.
void EraseSecret(std::string* secret);

}  // namespace proctor

#endif  // PROCTOR_COMMON_ERASE_SECRET_H_
