#ifndef PROCTOR_CLIENT_SESSION_SLOT_H_
#define PROCTOR_CLIENT_SESSION_SLOT_H_

#include <string>
#include <utility>

#include "common/mutex.h"

namespace proctor {

// The session that a channel's calls name; empty when there is none. Thread-safe.
class SessionSlot {
 public:
  void Set(std::string session_id) {
    MutexLock lock(&mutex_);
    session_id_ = std::move(session_id);
  }
  std::string Get() const {
    MutexLock lock(&mutex_);
    return session_id_;
  }

 private:
  mutable Mutex mutex_;
  std::string session_id_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_SESSION_SLOT_H_
