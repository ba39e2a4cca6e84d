#ifndef PROCTOR_AGENT_TOKEN_POSIX_ID_MAP_H_
#define PROCTOR_AGENT_TOKEN_POSIX_ID_MAP_H_

#include <string>

#include "agent/token/sid_directory.h"

namespace proctor {

// The id maps of winbind and sssd, whichever the machine has: those by which their modules of the
// name service give uids to a domain's users. Their client libraries are loaded when they are first
// asked for; both ask a service of this machine, over a socket of root's.
class IdMap final : public SidDirectory {
 public:
  // Others are for tests.
  explicit IdMap(std::string winbind_library = "libwbclient.so.0",
                 std::string sssd_library = "libsss_nss_idmap.so.0");

  absl::StatusOr<uint32_t> UidOf(const std::string& sid) const override;

 private:
  const std::string winbind_library_;
  const std::string sssd_library_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_ID_MAP_H_
