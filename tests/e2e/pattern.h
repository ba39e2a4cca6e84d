#ifndef PROCTOR_TESTS_E2E_PATTERN_H_
#define PROCTOR_TESTS_E2E_PATTERN_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace proctor {

// A sequence of bytes without a short period, the same for the program that prints it and the test
// that checks it: a lost, doubled or moved block does not go unseen.
class Pattern {
 public:
  // The next `size` bytes. Blocks are multiples of eight bytes, but for the last.
  void Fill(char* out, size_t size) {
    size_t done = 0;
    for (; done < size; done += sizeof(state_)) {
      // xorshift64.
      state_ ^= state_ << 13;
      state_ ^= state_ >> 7;
      state_ ^= state_ << 17;
      const size_t left = size - done;
      std::memcpy(out + done, &state_, left < sizeof(state_) ? left : sizeof(state_));
    }
  }

 private:
  uint64_t state_ = 0x9e3779b97f4a7c15;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_PATTERN_H_
