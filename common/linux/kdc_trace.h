#ifndef PROCTOR_COMMON_LINUX_KDC_TRACE_H_
#define PROCTOR_COMMON_LINUX_KDC_TRACE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/linux/gss_library.h"
#include "common/mutex.h"

namespace proctor {

// Which key distribution centres a context of libkrb5 asked, and what came of it: from the hooks
// that the library has for it, the addresses from what it traces. Thread-safe.
class KdcTrace {
 public:
  struct Kdc {
    std::string realm;
    std::string address;  // "127.0.0.1:88"
    bool answered = false;
    std::string error;  // Why not, where the system said so: "Connection refused".
  };

  explicit KdcTrace(const GssLibrary* gss) : gss_(gss) {}
  KdcTrace(const KdcTrace&) = delete;
  KdcTrace& operator=(const KdcTrace&) = delete;

  // Must outlive the context.
  void Observe(krb5_context context);

  std::vector<Kdc> kdcs() const;
  // What the realm's clock showed in an error that it answered, and this machine's then.
  absl::optional<absl::Duration> clock_difference() const;
  // One line of the trace.
  void Note(absl::string_view line);

 private:
  static krb5_error_code BeforeRequest(krb5_context, void* self, const krb5_data* realm,
                                       const krb5_data*, krb5_data** message, krb5_data** reply);
  static krb5_error_code AfterReply(krb5_context context, void* self, krb5_error_code code,
                                    const krb5_data*, const krb5_data*, const krb5_data* reply,
                                    krb5_data** new_reply);
  static void Trace(krb5_context, const krb5_trace_info* info, void* self);

  const GssLibrary* const gss_;
  mutable Mutex mutex_;
  std::string realm_ ABSL_GUARDED_BY(mutex_);  // Of the request under way.
  std::vector<Kdc> kdcs_ ABSL_GUARDED_BY(mutex_);
  absl::optional<absl::Duration> clock_difference_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_KDC_TRACE_H_
