#include <memory>
#include <utility>
#include <vector>

#include "agent/job/job_access.h"
#include "agent/job/win32/job_descriptor.h"
#include "agent/token/win32/win32_token.h"

namespace proctor {
namespace {

class DescribedJob final : public JobSecurity {
 public:
  DescribedJob(std::shared_ptr<const Principal> owner, std::shared_ptr<const Principal> user,
               const v1::AccessList& grants, std::vector<unsigned char> descriptor)
      : JobSecurity(std::move(owner), std::move(user), grants),
        descriptor_(std::move(descriptor)) {}

  const std::vector<unsigned char>& descriptor() const { return descriptor_; }

 private:
  const std::vector<unsigned char> descriptor_;
};

// By AccessCheck on the caller's token, which also knows groups that can only deny.
class WindowsJobAccess final : public JobAccess {
 public:
  explicit WindowsJobAccess(const PolicySource* policy) : JobAccess(policy) {}

  absl::StatusOr<std::shared_ptr<const JobSecurity>> Protect(
      std::shared_ptr<const Principal> owner, std::shared_ptr<const Principal> user,
      const v1::AccessList& grants) const override {
    absl::StatusOr<std::vector<unsigned char>> descriptor =
        MakeJobDescriptor(owner->key(), user->key(), grants);
    if (!descriptor.ok()) return descriptor.status();
    return std::make_shared<const DescribedJob>(std::move(owner), std::move(user), grants,
                                                *std::move(descriptor));
  }

 protected:
  bool Grants(const JobCaller& caller, const JobSecurity& job, v1::JobRight right) const override {
    const auto* described = dynamic_cast<const DescribedJob*>(&job);
    const auto* token = dynamic_cast<const Win32Token*>(caller.token.get());
    return described != nullptr && token != nullptr &&
           CheckJobAccess(described->descriptor(), token->handle(), JobAccessMask(right)).ok();
  }
};

}  // namespace

std::unique_ptr<const JobAccess> JobAccess::Create(const PolicySource* policy) {
  return std::make_unique<const WindowsJobAccess>(policy);
}

}  // namespace proctor
