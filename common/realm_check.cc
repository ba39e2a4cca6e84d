#include "common/realm_check.h"

#include "absl/strings/str_cat.h"
#include "common/printable.h"

namespace proctor {

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
