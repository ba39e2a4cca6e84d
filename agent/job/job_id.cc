#include "agent/job/job_id.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/secure_random.h"

namespace proctor {
namespace {

// Crockford's base32: no i, l, o, u.
constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr size_t kLength = 26;

constexpr std::array<bool, 256> AlphabetMembers() {
  std::array<bool, 256> members = {};
  for (const char* c = kAlphabet; *c != '\0'; ++c) members[static_cast<unsigned char>(*c)] = true;
  return members;
}

}  // namespace

std::string NewJobId() {
  const std::string random = SecureRandomBytes(16);
  std::string id;
  id.reserve(kLength);
  // 26 digits hold 130 bits: the number is read from its low end, so the last digit has 3 bits.
  uint32_t bits = 0;
  int held = 0;
  for (const char byte : random) {
    bits |= static_cast<uint32_t>(static_cast<unsigned char>(byte)) << held;
    held += 8;
    while (held >= 5) {
      id.push_back(kAlphabet[bits & 31]);
      bits >>= 5;
      held -= 5;
    }
  }
  id.push_back(kAlphabet[bits & 31]);
  return id;
}

bool IsJobId(absl::string_view text) {
  static constexpr std::array<bool, 256> kMembers = AlphabetMembers();
  if (text.size() != kLength) return false;
  for (const char c : text) {
    if (!kMembers[static_cast<unsigned char>(c)]) return false;
  }
  return true;
}

}  // namespace proctor
