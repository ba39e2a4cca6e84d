#include "tests/hostile/http2_frames.h"

#include "absl/strings/str_cat.h"

namespace proctor::http2 {
namespace {

std::string BigEndian(uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

constexpr size_t kFrameHeaderSize = 9;

}  // namespace

std::string Frame(FrameType type, uint8_t flags, uint32_t stream, absl::string_view payload) {
  return absl::StrCat(BigEndian(payload.size(), 3), BigEndian(static_cast<uint8_t>(type), 1),
                      BigEndian(flags, 1), BigEndian(stream, 4), payload);
}

std::string Preface(const std::vector<std::pair<uint16_t, uint32_t>>& settings) {
  std::string values;
  for (const auto& [id, value] : settings) {
    absl::StrAppend(&values, BigEndian(id, 2), BigEndian(value, 4));
  }
  return absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                      Frame(FrameType::kSettings, 0, 0, values));
}

std::string WindowUpdate(uint32_t stream, uint32_t bytes) {
  return Frame(FrameType::kWindowUpdate, 0, stream, BigEndian(bytes, 4));
}

std::string Integer(uint64_t value, int prefix_bits, uint8_t first) {
  const uint64_t top = (uint64_t{1} << prefix_bits) - 1;
  if (value < top) return std::string(1, static_cast<char>(first | value));
  std::string out(1, static_cast<char>(first | top));
  for (value -= top; value >= 0x80; value >>= 7) {
    out.push_back(static_cast<char>((value & 0x7f) | 0x80));
  }
  out.push_back(static_cast<char>(value));
  return out;
}

std::string Literal(absl::string_view key, absl::string_view value) {
  return absl::StrCat(absl::string_view("\0", 1), Integer(key.size(), 7), key,
                      Integer(value.size(), 7), value);
}

std::string RequestHeaders(absl::string_view method) {
  return absl::StrCat(Literal(":method", "POST"), Literal(":scheme", "http"),
                      Literal(":path", method), Literal(":authority", "localhost"),
                      Literal("te", "trailers"), Literal("content-type", "application/grpc"));
}

std::string Request(uint32_t stream, absl::string_view method) {
  return Frame(FrameType::kHeaders, kEndHeaders, stream, RequestHeaders(method));
}

std::string Message(uint32_t stream, absl::string_view message, bool end_stream) {
  return Frame(FrameType::kData, end_stream ? kEndStream : 0, stream,
               absl::StrCat(absl::string_view("\0", 1), BigEndian(message.size(), 4), message));
}

std::string BegunMessage(uint32_t stream, uint32_t announced, absl::string_view sent) {
  return Frame(FrameType::kData, 0, stream,
               absl::StrCat(absl::string_view("\0", 1), BigEndian(announced, 4), sent));
}

bool ParseFrame(absl::string_view bytes, FrameHeader* frame) {
  if (bytes.size() < kFrameHeaderSize) return false;
  const auto byte = [bytes](size_t i) {
    return static_cast<uint32_t>(static_cast<uint8_t>(bytes[i]));
  };
  frame->size = kFrameHeaderSize + (byte(0) << 16 | byte(1) << 8 | byte(2));
  frame->type = static_cast<FrameType>(byte(3));
  frame->flags = static_cast<uint8_t>(byte(4));
  frame->stream = (byte(5) & 0x7f) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8);
  return bytes.size() >= frame->size;
}

size_t CountFrames(absl::string_view bytes, FrameType type, uint32_t stream) {
  FrameHeader frame;
  size_t count = 0;
  while (ParseFrame(bytes, &frame)) {
    if (frame.type == type && (stream == 0 || frame.stream == stream)) ++count;
    bytes.remove_prefix(frame.size);
  }
  return count;
}

}  // namespace proctor::http2
