#ifndef PROCTOR_AGENT_TOKEN_SID_H_
#define PROCTOR_AGENT_TOKEN_SID_H_

#include "absl/strings/string_view.h"

namespace proctor {

// Whether `text` is a SID as everybody writes it, so that equal ones have equal texts: "S-1-", the
// authority, and one to fifteen sub-authorities, all decimal without leading zeros; an authority of
// more than 32 bits is 0x and twelve lower-case hexadecimal digits (MS-DTYP 2.4.2.1).
bool IsSid(absl::string_view text);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_SID_H_
