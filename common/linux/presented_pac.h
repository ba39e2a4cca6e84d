#ifndef PROCTOR_COMMON_LINUX_PRESENTED_PAC_H_
#define PROCTOR_COMMON_LINUX_PRESENTED_PAC_H_

#include "common/linux/gss_library.h"

namespace proctor {

// Whether the client's ticket came with a PAC that has logon information (MS-PAC 2.5), whoever
// signed it. The library leaves one out that it cannot verify, without a word. `context`: an
// acceptor's, complete.
bool HasPresentedLogonInfo(const GssLibrary& gss, gss_ctx_id_t context);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_PRESENTED_PAC_H_
