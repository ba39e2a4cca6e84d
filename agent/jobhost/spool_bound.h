#ifndef PROCTOR_AGENT_JOBHOST_SPOOL_BOUND_H_
#define PROCTOR_AGENT_JOBHOST_SPOOL_BOUND_H_

#include <algorithm>
#include <cstdint>

#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// What of a stream is kept: kept = min(written, limit), dropped = the rest, both exact, unless the
// spool fails first. Not thread-safe.
class SpoolBound {
 public:
  explicit SpoolBound(uint64_t limit_bytes) : limit_(limit_bytes) {}

  // How many of the next `available` bytes go into the spool; 0: they are dropped.
  uint64_t Room(uint64_t available) const {
    return drop_ == DROP_NONE ? std::min(available, limit_ - kept_) : 0;
  }
  void Kept(uint64_t bytes) { kept_ += bytes; }
  void Dropped(uint64_t bytes) {
    if (bytes > 0 && drop_ == DROP_NONE) drop_ = LIMIT;
    dropped_ += bytes;
  }
  // The spool takes no more: FULL or ERROR. The first reason stays.
  void Stop(Drop reason) {
    if (drop_ == DROP_NONE) drop_ = reason;
  }

  uint64_t kept() const { return kept_; }
  uint64_t dropped() const { return dropped_; }
  // A spool that failed on nothing has dropped nothing.
  Drop drop() const { return dropped_ == 0 ? DROP_NONE : drop_; }

 private:
  const uint64_t limit_;
  uint64_t kept_ = 0;
  uint64_t dropped_ = 0;
  Drop drop_ = DROP_NONE;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_SPOOL_BOUND_H_
