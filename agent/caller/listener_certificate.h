#ifndef PROCTOR_AGENT_CALLER_LISTENER_CERTIFICATE_H_
#define PROCTOR_AGENT_CALLER_LISTENER_CERTIFICATE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "agent/caller/binding_set.h"
#include "agent/caller/server_certificate.h"
#include "common/mutex.h"

namespace proctor {

// The certificate that a TLS listener shows, which may be replaced while it listens. Thread-safe.
class ListenerCertificate {
 public:
  // One that stays.
  explicit ListenerCertificate(ServerCertificate certificate);
  // One from files, which are looked at again by Current().
  ListenerCertificate(ServerCertificate certificate, std::string certificate_path,
                      std::string key_path);

  // The one to show to a new connection. Files that cannot be used (as between the writing of the
  // one and the other) are logged, and tried again when they have changed again; until then it is
  // the one before.
  std::shared_ptr<const ServerCertificate> Current();

  // What callers may have bound their tokens to.
  const BindingSet& bindings() const { return bindings_; }

 private:
  // What tells a file that was replaced.
  struct Stamp {
    std::filesystem::file_time_type certificate_time;
    std::filesystem::file_time_type key_time;
    uintmax_t certificate_size = 0;
    uintmax_t key_size = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  Stamp Look() const;

  const std::string certificate_path_;  // Empty: it stays.
  const std::string key_path_;
  BindingSet bindings_;
  Mutex mutex_;
  std::shared_ptr<const ServerCertificate> current_ ABSL_GUARDED_BY(mutex_);
  Stamp seen_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LISTENER_CERTIFICATE_H_
