#ifndef PROCTOR_AGENT_JOBHOST_WIN32_DESKTOP_LEASE_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_DESKTOP_LEASE_H_

#include <string>
#include <utility>

namespace proctor::jobhost {

// A desktop that jobs may be started on, for as long as one of its leases is held. Immutable; the
// end of the last one may close or revoke what made it usable, so not under a lock.
class DesktopLease {
 public:
  explicit DesktopLease(std::string name) : name_(std::move(name)) {}
  virtual ~DesktopLease() = default;
  DesktopLease(const DesktopLease&) = delete;
  DesktopLease& operator=(const DesktopLease&) = delete;

  // For STARTUPINFO.lpDesktop: "station\\desktop".
  const std::string& name() const { return name_; }

 private:
  const std::string name_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_DESKTOP_LEASE_H_
