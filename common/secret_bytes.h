#ifndef PROCTOR_COMMON_SECRET_BYTES_H_
#define PROCTOR_COMMON_SECRET_BYTES_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace proctor {

// A key, a ticket, a password: overwritten when it goes. Move-only, so that copies are made on
// purpose. Has no stream operator: secrets are never logged.
class SecretBytes {
 public:
  SecretBytes() = default;
  // A short string lives inside the object, so moving copies it: what it is moved from is
  // overwritten too.
  explicit SecretBytes(std::string bytes);
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  absl::string_view view() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }
  SecretBytes Clone() const { return SecretBytes(bytes_); }

 private:
  void Cleanse();

  std::string bytes_;
};

// In a time that depends on the lengths only.
bool ConstantTimeEqual(absl::string_view a, absl::string_view b);

}  // namespace proctor

#endif  // PROCTOR_COMMON_SECRET_BYTES_H_
