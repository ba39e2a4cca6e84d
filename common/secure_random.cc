#include "common/secure_random.h"

#include <openssl/rand.h>

#include <cstdlib>

namespace proctor {

std::string SecureRandomBytes(size_t count) {
  std::string bytes(count, '\0');
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) !=
      1) {
    std::abort();
  }
  return bytes;
}

}  // namespace proctor
