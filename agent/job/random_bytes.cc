#include "agent/job/random_bytes.h"

#include <openssl/rand.h>

#include <cstdlib>

namespace proctor {

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  if (::RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
    std::abort();  // Ids that can be guessed are worse than none.
  }
  return bytes;
}

}  // namespace proctor
