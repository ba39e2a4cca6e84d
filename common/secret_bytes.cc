#include "common/secret_bytes.h"

#include <openssl/crypto.h>

#include "common/erase_secret.h"

namespace proctor {

SecretBytes::SecretBytes(std::string bytes) : bytes_(std::move(bytes)) { EraseSecret(&bytes); }

SecretBytes::SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) {
  other.Cleanse();
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this == &other) return *this;
  Cleanse();
  bytes_ = std::move(other.bytes_);
  other.Cleanse();
  return *this;
}

SecretBytes::~SecretBytes() { Cleanse(); }

void SecretBytes::Cleanse() {
  // The whole buffer: a moved-from string is empty but its characters are still there.
  bytes_.resize(bytes_.capacity());
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  bytes_.clear();
}

bool ConstantTimeEqual(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace proctor
