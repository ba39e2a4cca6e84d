// libwbclient as far as it is used, of a winbind that knows one user: S-1-5-21-1-2-3-1104 has uid
// 70001.

#include <sys/types.h>

#include <cstdint>
#include <cstring>

namespace {

// wbclient.h.
struct wbcDomainSid {
  uint8_t sid_rev_num;
  uint8_t num_auths;
  uint8_t id_auth[6];
  uint32_t sub_auths[15];
};

constexpr int kSuccess = 0;
constexpr int kUnknownUser = 5;
constexpr int kInvalidSid = 10;
constexpr char kPrefix[] = "S-1-5-21-1-2-3-";

}  // namespace

extern "C" int wbcStringToSid(const char* text, wbcDomainSid* sid) {
  if (std::strncmp(text, kPrefix, sizeof(kPrefix) - 1) != 0) return kInvalidSid;
  sid->sid_rev_num = 1;
  sid->num_auths = 5;
  // The last one is where it has to be.
  sid->sub_auths[4] = std::strcmp(text + sizeof(kPrefix) - 1, "1104") == 0 ? 1104 : 0;
  return kSuccess;
}

extern "C" int wbcSidToUid(const wbcDomainSid* sid, uid_t* uid) {
  if (sid->sub_auths[4] != 1104) return kUnknownUser;
  *uid = 70001;
  return kSuccess;
}
