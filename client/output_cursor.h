#ifndef PROCTOR_CLIENT_OUTPUT_CURSOR_H_
#define PROCTOR_CLIENT_OUTPUT_CURSOR_H_

#include <cstdint>

#include "absl/status/status.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// How far one output stream has been received, so that a stream that was taken up again neither
// repeats nor skips a byte.
class OutputCursor {
 public:
  explicit OutputCursor(uint64_t offset = 0) : offset_(offset) {}

  // Cuts what was received before off the front of `chunk`, which may become empty, and advances.
  // DATA_LOSS when bytes are missing before it.
  absl::Status Accept(v1::OutputChunk* chunk);

  // The next byte expected.
  uint64_t offset() const { return offset_; }

 private:
  uint64_t offset_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_OUTPUT_CURSOR_H_
