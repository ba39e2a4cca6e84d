#ifndef PROCTOR_COMMON_WIN32_PRIVATE_DESCRIPTOR_H_
#define PROCTOR_COMMON_WIN32_PRIVATE_DESCRIPTOR_H_

#include <windows.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace proctor {

// A security descriptor with a protected DACL, so that nothing is inherited from the container.
class PrivateDescriptor {
 public:
  // Full access for SYSTEM, the administrators and the user of this process; nobody else.
  static absl::StatusOr<PrivateDescriptor> ForOwnUser();
  // The same for a folder, and for what comes into it.
  static absl::StatusOr<PrivateDescriptor> ForOwnFolder();
  // From SDDL ("Security Descriptor String Format", Microsoft Learn).
  static absl::StatusOr<PrivateDescriptor> FromSddl(const std::wstring& sddl);

  // Of an object whose handle is not inherited. Points into this object.
  SECURITY_ATTRIBUTES attributes() const {
    return SECURITY_ATTRIBUTES{sizeof(SECURITY_ATTRIBUTES), descriptor_.get(), FALSE};
  }
  PSECURITY_DESCRIPTOR get() const { return descriptor_.get(); }

 private:
  struct Free {
    void operator()(void* memory) const { ::LocalFree(memory); }
  };
  explicit PrivateDescriptor(PSECURITY_DESCRIPTOR descriptor) : descriptor_(descriptor) {}

  std::unique_ptr<void, Free> descriptor_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_PRIVATE_DESCRIPTOR_H_
