#include "agent/job/random_bytes.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace proctor {

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  size_t done = 0;
  while (done < count) {
    const ssize_t n = ::getrandom(bytes.data() + done, count - done, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) std::abort();
    done += static_cast<size_t>(n);
  }
  return bytes;
}

}  // namespace proctor
