#ifndef PROCTOR_TESTS_HOSTILE_HTTP2_FRAMES_H_
#define PROCTOR_TESTS_HOSTILE_HTTP2_FRAMES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace proctor::http2 {

// HTTP/2 as no library would write it (RFC 9113, RFC 7541).

enum class FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kResetStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};

inline constexpr uint8_t kEndStream = 0x1;
inline constexpr uint8_t kEndHeaders = 0x4;
// What a peer may put into a frame unless the other end says otherwise.
inline constexpr size_t kMaxFramePayload = 16384;

std::string Frame(FrameType type, uint8_t flags, uint32_t stream, absl::string_view payload = "");

// What a client begins a connection with: the preface and SETTINGS, by default without a value.
std::string Preface(const std::vector<std::pair<uint16_t, uint32_t>>& settings = {});
inline constexpr uint16_t kInitialWindowSize = 4;  // One of the settings.

std::string WindowUpdate(uint32_t stream, uint32_t bytes);

// An HPACK integer below `first`, whose highest bits are taken.
std::string Integer(uint64_t value, int prefix_bits, uint8_t first = 0);
// A header field that is neither indexed nor compressed.
std::string Literal(absl::string_view key, absl::string_view value);
// The fields of a gRPC request for a method, "/proctor.v1.Agent/Wait".
std::string RequestHeaders(absl::string_view method);

// HEADERS with all of a request's fields.
std::string Request(uint32_t stream, absl::string_view method);
// DATA with one gRPC message, complete or only its first `sent` bytes.
std::string Message(uint32_t stream, absl::string_view message, bool end_stream = false);
std::string BegunMessage(uint32_t stream, uint32_t announced, absl::string_view sent);

// The frame at the beginning of `bytes`, if it is complete.
struct FrameHeader {
  size_t size = 0;  // With its nine bytes of header.
  FrameType type = FrameType::kData;
  uint8_t flags = 0;
  uint32_t stream = 0;
};
bool ParseFrame(absl::string_view bytes, FrameHeader* frame);
// Complete frames of a type in `bytes`, which begin with a frame: those of a stream, or of any one
// when it is zero.
size_t CountFrames(absl::string_view bytes, FrameType type, uint32_t stream = 0);

}  // namespace proctor::http2

#endif  // PROCTOR_TESTS_HOSTILE_HTTP2_FRAMES_H_
