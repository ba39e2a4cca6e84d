#ifndef PROCTOR_COMMON_LINUX_KEY_MISMATCH_H_
#define PROCTOR_COMMON_LINUX_KEY_MISMATCH_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/linux/gss_library.h"
#include "common/linux/presented_ticket.h"

namespace proctor {

// Why the keytab's keys of `principal` did not decrypt `ticket`, when that is why it was not
// accepted: which of the two is out of date, or has another encryption type or key; with advice.
// Otherwise `failed`, as the library tells it. `keytab` empty: the library's default.
absl::Status ExplainKeyMismatch(const GssLibrary& gss, const std::string& keytab,
                                absl::string_view principal, const PresentedTicket& ticket,
                                const absl::Status& failed);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_KEY_MISMATCH_H_
