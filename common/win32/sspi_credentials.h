#ifndef PROCTOR_COMMON_WIN32_SSPI_CREDENTIALS_H_
#define PROCTOR_COMMON_WIN32_SSPI_CREDENTIALS_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/win32/security_functions.h"
#include "common/win32/security_status.h"

namespace proctor {

// A credentials handle of the Negotiate package for the process's own user, freed on destruction.
// Shared by the contexts that are made with it. Thread-safe.
class SspiCredentials {
 public:
  static absl::StatusOr<std::shared_ptr<SspiCredentials>> Acquire(SecurityFunctions* functions,
                                                                  SecurityEnd end);
  ~SspiCredentials();
  SspiCredentials(const SspiCredentials&) = delete;
  SspiCredentials& operator=(const SspiCredentials&) = delete;

  SecurityFunctions* functions() const { return functions_; }
  SecurityEnd end() const { return end_; }
  // For calls, none of which changes it.
  CredHandle* handle() { return &handle_; }
  // The package's largest token, in bytes.
  size_t max_token() const { return max_token_; }
  absl::Time expires() const { return expires_; }
  // SECPKG_CRED_ATTR_NAMES: "alice@EXAMPLE.COM", "DOMAIN\\alice".
  absl::StatusOr<std::string> Name();

 private:
  SspiCredentials(SecurityFunctions* functions, SecurityEnd end, size_t max_token)
      : functions_(functions), end_(end), max_token_(max_token) {
    SecInvalidateHandle(&handle_);
  }

  SecurityFunctions* const functions_;
  const SecurityEnd end_;
  const size_t max_token_;
  CredHandle handle_;
  absl::Time expires_ = absl::InfiniteFuture();
};

// SSPI tells times as local time. InfiniteFuture for the largest, and for none.
absl::Time FromSecurityTime(const TimeStamp& time);

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_SSPI_CREDENTIALS_H_
