#include "common/erase_secret.h"

#include <cstring>

namespace proctor {

void EraseSecret(std::string* secret) {
  secret->resize(secret->capacity());
  std::memset(secret->data(), 0, secret->size());
  // The compiler must take it that somebody reads the zeros.
  asm volatile("" : : "r"(secret->data()) : "memory");
  secret->clear();
}

}  // namespace proctor
