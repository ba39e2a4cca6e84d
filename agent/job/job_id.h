#ifndef PROCTOR_AGENT_JOB_JOB_ID_H_
#define PROCTOR_AGENT_JOB_JOB_ID_H_

#include <string>

#include "absl/strings/string_view.h"

namespace proctor {

// 128 random bits (getrandom) as 26 characters of lower-case Crockford base32: nobody can guess the
// id of a stranger's job, and an id is a safe file name. Ends the process when the kernel has no
// randomness to give, since a predictable id would be worse than none.
std::string NewJobId();

// Whether `text` has the form of a job id. Anything else must never become part of a path.
bool IsJobId(absl::string_view text);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_ID_H_
