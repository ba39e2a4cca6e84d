#include "client/cli/output_target_text.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/size_text.h"

namespace proctor::cli {

absl::StatusOr<v1::OutputTarget> ParseOutputTarget(absl::string_view text) {
  using File = v1::OutputTarget::File;
  v1::OutputTarget target;
  if (text == "spool") {
    target.mutable_spool();
  } else if (absl::ConsumePrefix(&text, "spool:")) {
    const absl::StatusOr<uint64_t> limit = ParseSizeText(text);
    if (!limit.ok()) return limit.status();
    target.mutable_spool()->set_limit_bytes(*limit);
  } else if (text == "discard") {
    target.mutable_discard();
  } else if (text == "merge") {
    target.mutable_merge();
  } else {
    File& file = *target.mutable_file();
    if (absl::ConsumeSuffix(&text, ":special")) file.set_allow_special(true);
    if (absl::ConsumeSuffix(&text, ":truncate")) {
      file.set_mode(File::TRUNCATE);
    } else if (absl::ConsumeSuffix(&text, ":exclusive")) {
      file.set_mode(File::EXCLUSIVE);
    } else {
      absl::ConsumeSuffix(&text, ":append");
    }
    if (text.empty()) return absl::InvalidArgumentError("the name of the output file is empty");
    file.set_path(std::string(text));
  }
  return target;
}

std::string OutputTargetText(const v1::OutputTarget& target) {
  switch (target.target_case()) {
    case v1::OutputTarget::kDiscard:
      return "discard";
    case v1::OutputTarget::kMerge:
      return "merge";
    case v1::OutputTarget::kFile: {
      const v1::OutputTarget::File& file = target.file();
      const absl::string_view mode = file.mode() == v1::OutputTarget::File::TRUNCATE ? ":truncate"
                                     : file.mode() == v1::OutputTarget::File::EXCLUSIVE
                                         ? ":exclusive"
                                         : ":append";
      return absl::StrCat(file.path(), mode, file.allow_special() ? ":special" : "");
    }
    case v1::OutputTarget::kSpool:
      if (target.spool().has_limit_bytes()) {
        return absl::StrCat("spool, at most ", SizeText(target.spool().limit_bytes()));
      }
      return "spool";
    case v1::OutputTarget::TARGET_NOT_SET:
      return "spool";
  }
  return "spool";
}

}  // namespace proctor::cli
