#include "agent/caller/kerberos/ndr_reader.h"

#include <algorithm>

namespace proctor {
namespace {

constexpr size_t kHeadersSize = 16;  // The common and the private one.
constexpr uint8_t kVersion = 1;
constexpr uint8_t kLittleEndian = 0x10;
constexpr uint16_t kCommonHeaderLength = 8;

}  // namespace

NdrReader NdrReader::OfSerializedType(absl::string_view bytes) {
  NdrReader headers(bytes.substr(0, kHeadersSize));
  bool good = headers.U8() == kVersion;
  good = headers.U8() == kLittleEndian && good;
  good = headers.U16() == kCommonHeaderLength && good;
  headers.Skip(4);  // Filler.
  const uint32_t size = headers.U32();
  headers.Skip(4);  // Filler.
  // Alignment counts from here on, and the headers are a multiple of it.
  NdrReader object(bytes.substr(std::min(bytes.size(), kHeadersSize)));
  if (!good || !headers.ok() || size > object.bytes_.size()) object.Fail();
  object.bytes_ = object.bytes_.substr(0, size);
  return object;
}

absl::string_view NdrReader::Bytes(size_t count) {
  if (count > remaining()) {
    ok_ = false;
    return {};
  }
  const absl::string_view bytes = bytes_.substr(at_, count);
  at_ += count;
  return bytes;
}

uint64_t NdrReader::Number(size_t size) {
  Skip((size - at_ % size) % size);
  const absl::string_view bytes = Bytes(size);
  uint64_t value = 0;
  for (size_t i = bytes.size(); i > 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[i - 1]);
  return value;
}

}  // namespace proctor
