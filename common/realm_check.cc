#include "common/realm_check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/printable.h"

namespace proctor {

RealmFinding FailedFinding(std::string what, const absl::Status& failed) {
  const std::string advice = GetFailureDetail(failed).value_or(v1::FailureDetail()).advice();
  return {std::move(what), std::string(failed.message()),
          advice.empty() ? "Look at what the message names." : advice};
}

std::string FindingsText(const std::vector<RealmFinding>& findings, absl::string_view good_mark,
                         absl::string_view bad_mark) {
  std::string text;
  for (const RealmFinding& finding : findings) {
    absl::StrAppend(&text, finding.good() ? good_mark : bad_mark, "  ", Printable(finding.what),
                    ": ", Printable(finding.value), "\n");
    if (!finding.good()) absl::StrAppend(&text, "      ", Printable(finding.advice), "\n");
  }
  return text;
}

}  // namespace proctor
