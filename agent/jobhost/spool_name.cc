#include "agent/jobhost/spool_name.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace proctor::jobhost {

bool ValidJobId(absl::string_view job_id) {
  return !job_id.empty() && job_id.size() <= 64 &&
         std::all_of(job_id.begin(), job_id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

std::string SpoolName(absl::string_view job_id, bool standard_error) {
  return absl::StrCat(job_id, standard_error ? ".err" : ".out");
}

}  // namespace proctor::jobhost
