#ifndef PROCTOR_AGENT_JOBHOST_SPOOL_NAME_H_
#define PROCTOR_AGENT_JOBHOST_SPOOL_NAME_H_

#include <string>

#include "absl/strings/string_view.h"

namespace proctor::jobhost {

// A job id becomes a part of file names: one to 64 of a-z, 0-9 and '-'.
bool ValidJobId(absl::string_view job_id);

// The spool file of a job's stream, below the spool directory.
std::string SpoolName(absl::string_view job_id, bool standard_error);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_SPOOL_NAME_H_
