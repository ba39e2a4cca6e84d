#ifndef PROCTOR_AGENT_CALLER_KERBEROS_NDR_READER_H_
#define PROCTOR_AGENT_CALLER_KERBEROS_NDR_READER_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace proctor {

// Primitive types in little-endian NDR (C706, chapter 14), each at its natural alignment. Reading
// past the end, once, makes it not ok(); from then on everything reads as zero, so a decoder may
// check at the end of each structure instead of after each member.
class NdrReader {
 public:
  // Of type serialisation version 1 (MS-RPCE 2.2.6): both headers are checked and taken off.
  static NdrReader OfSerializedType(absl::string_view bytes);

  bool ok() const { return ok_; }
  size_t remaining() const { return ok_ ? bytes_.size() - at_ : 0; }

  uint8_t U8() { return static_cast<uint8_t>(Number(1)); }
  uint16_t U16() { return static_cast<uint16_t>(Number(2)); }
  uint32_t U32() { return static_cast<uint32_t>(Number(4)); }
  // Without alignment. Empty past the end.
  absl::string_view Bytes(size_t count);
  void Skip(size_t count) { Bytes(count); }

  void Fail() { ok_ = false; }

 private:
  explicit NdrReader(absl::string_view bytes) : bytes_(bytes) {}
  uint64_t Number(size_t size);

  absl::string_view bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_KERBEROS_NDR_READER_H_
