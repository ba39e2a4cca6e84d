#include "agent/token/posix/id_map.h"

#include <dlfcn.h>
#include <sys/types.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

// wbclient.h of Samba, of which nobody should need the headers.
struct WbcDomainSid {
  uint8_t revision;
  uint8_t sub_authority_count;
  uint8_t authority[6];
  uint32_t sub_authorities[15];
};
using WbcStringToSid = int(const char* text, WbcDomainSid* sid);
using WbcSidToUid = int(const WbcDomainSid* sid, uid_t* uid);
constexpr int kWbcSuccess = 0;

// sss_nss_idmap.h of sssd.
using SssGetIdBySid = int(const char* sid, uint32_t* id, int* type);
constexpr int kSssUid = 1;
constexpr int kSssBoth = 3;

// Loaded once, for the process's life. Null where the machine does not have it.
template <typename Function>
Function* Find(const std::string& library, const char* name) {
  void* const handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  return handle == nullptr ? nullptr : reinterpret_cast<Function*>(::dlsym(handle, name));
}

absl::Status Missing(const std::string& library) {
  return absl::UnavailableError(absl::StrCat("there is no ", library));
}

absl::Status Unknown(const std::string& sid, absl::string_view who) {
  return absl::NotFoundError(absl::StrCat(who, " knows no uid of ", sid));
}

absl::StatusOr<uint32_t> AskWinbind(const std::string& library, const std::string& text) {
  auto* const parse = Find<WbcStringToSid>(library, "wbcStringToSid");
  auto* const uid_of = Find<WbcSidToUid>(library, "wbcSidToUid");
  if (parse == nullptr || uid_of == nullptr) return Missing(library);
  WbcDomainSid sid = {};
  uid_t uid = 0;
  if (parse(text.c_str(), &sid) != kWbcSuccess || uid_of(&sid, &uid) != kWbcSuccess) {
    return Unknown(text, "winbind");
  }
  return uid;
}

absl::StatusOr<uint32_t> AskSssd(const std::string& library, const std::string& sid) {
  auto* const id_of = Find<SssGetIdBySid>(library, "sss_nss_getidbysid");
  if (id_of == nullptr) return Missing(library);
  uint32_t id = 0;
  int type = 0;
  if (id_of(sid.c_str(), &id, &type) != 0 || (type != kSssUid && type != kSssBoth)) {
    return Unknown(sid, "sssd");
  }
  return id;
}

}  // namespace

IdMap::IdMap(std::string winbind_library, std::string sssd_library)
    : winbind_library_(std::move(winbind_library)), sssd_library_(std::move(sssd_library)) {}

absl::StatusOr<uint32_t> IdMap::UidOf(const std::string& sid) const {
  const absl::StatusOr<uint32_t> winbind = AskWinbind(winbind_library_, sid);
  if (winbind.ok()) return winbind;
  const absl::StatusOr<uint32_t> sssd = AskSssd(sssd_library_, sid);
  if (sssd.ok() || absl::IsUnavailable(winbind.status())) return sssd;
  return winbind;
}

}  // namespace proctor
