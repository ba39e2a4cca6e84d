#ifndef PROCTOR_AGENT_JOB_RANDOM_BYTES_H_
#define PROCTOR_AGENT_JOB_RANDOM_BYTES_H_

#include <cstddef>
#include <string>

namespace proctor {

// `count` bytes from the kernel's random number generator. Ends the process when there are none to
// be had: whatever asked would be predictable.
std::string RandomBytes(size_t count);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_RANDOM_BYTES_H_
