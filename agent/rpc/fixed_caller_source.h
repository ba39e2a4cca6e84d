#ifndef PROCTOR_AGENT_RPC_FIXED_CALLER_SOURCE_H_
#define PROCTOR_AGENT_RPC_FIXED_CALLER_SOURCE_H_

#include <memory>
#include <utility>

#include "agent/rpc/caller_source.h"

namespace proctor {

// For connections that the kernel has named: every call is that caller's, by construction, and
// nothing that the call says matters.
class FixedCallerSource final : public CallerSource {
 public:
  explicit FixedCallerSource(std::shared_ptr<const CallerToken> caller)
      : caller_(std::move(caller)) {}

  absl::StatusOr<std::shared_ptr<const CallerToken>> CallerOf(
      const grpc::CallbackServerContext&) const override {
    return caller_;
  }
  std::shared_ptr<const void> Begun(const grpc::CallbackServerContext&,
                                    const CallerToken&) const override {
    return nullptr;
  }
  // The listener closes all connections of the user, told by UserBounds.
  void Disconnect(const grpc::CallbackServerContext&) const override {}

  const CallerToken& caller() const { return *caller_; }

 private:
  const std::shared_ptr<const CallerToken> caller_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_FIXED_CALLER_SOURCE_H_
