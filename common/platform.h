#ifndef PROCTOR_COMMON_PLATFORM_H_
#define PROCTOR_COMMON_PLATFORM_H_

#include <string>

namespace proctor {

// Operating system, release and machine: "linux 6.1.0 x86_64".
std::string PlatformName();

// The name this machine gives itself.
std::string HostName();

}  // namespace proctor

#endif  // PROCTOR_COMMON_PLATFORM_H_
