#include "client/cli/grant_text.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace proctor::cli {
namespace {

constexpr v1::JobRight kRights[] = {v1::QUERY,     v1::READ_OUTPUT,   v1::SIGNAL,
                                    v1::TERMINATE, v1::DELETE_RECORD, v1::SET_ATTRIBUTES};

// "read-output"
std::string RightText(v1::JobRight right) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(v1::JobRight_Name(right)), {{"_", "-"}});
}

std::string TrusteeText(const v1::AccessGrant& grant) {
  return grant.has_group() ? absl::StrCat("group:", grant.group())
                           : absl::StrCat("user:", grant.user());
}

absl::Status AddRights(absl::string_view word, v1::AccessGrant* grant) {
  if (word == "all") {
    for (const v1::JobRight right : kRights) grant->add_rights(right);
    return absl::OkStatus();
  }
  for (const v1::JobRight right : kRights) {
    if (word != RightText(right)) continue;
    grant->add_rights(right);
    return absl::OkStatus();
  }
  std::vector<std::string> known;
  for (const v1::JobRight right : kRights) known.push_back(RightText(right));
  return absl::InvalidArgumentError(
      absl::StrCat("no right \"", word, "\"; there are ", absl::StrJoin(known, ", "), ", all"));
}

}  // namespace

absl::StatusOr<v1::AccessGrant> ParseTrustee(absl::string_view text) {
  v1::AccessGrant grant;
  absl::string_view name = text;
  if (absl::ConsumePrefix(&name, "user:") && !name.empty()) {
    grant.set_user(std::string(name));
  } else if (absl::ConsumePrefix(&name, "group:") && !name.empty()) {
    grant.set_group(std::string(name));
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is neither user:NAME nor group:NAME"));
  }
  return grant;
}

absl::StatusOr<v1::AccessGrant> ParseGrant(absl::string_view text) {
  const size_t equals = text.rfind('=');
  if (equals == absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is not user:NAME=RIGHT,… or group:NAME=RIGHT,…"));
  }
  absl::StatusOr<v1::AccessGrant> grant = ParseTrustee(text.substr(0, equals));
  if (!grant.ok()) return grant.status();
  for (const absl::string_view word : absl::StrSplit(text.substr(equals + 1), ',')) {
    if (absl::Status added = AddRights(word, &*grant); !added.ok()) return added;
  }
  return grant;
}

std::string GrantText(const v1::AccessGrant& grant) {
  return absl::StrCat(TrusteeText(grant), "=",
                      absl::StrJoin(grant.rights(), ",", [](std::string* out, int right) {
                        out->append(RightText(static_cast<v1::JobRight>(right)));
                      }));
}

void Share(const v1::AccessGrant& grant, AccessGrants* grants) {
  Unshare(grant, grants).IgnoreError();
  *grants->Add() = grant;
}

absl::Status Unshare(const v1::AccessGrant& trustee, AccessGrants* grants) {
  const std::string wanted = TrusteeText(trustee);
  const auto kept = std::remove_if(
      grants->begin(), grants->end(),
      [&wanted](const v1::AccessGrant& grant) { return TrusteeText(grant) == wanted; });
  if (kept == grants->end()) {
    return absl::NotFoundError(absl::StrCat("the job is not shared with ", wanted));
  }
  grants->erase(kept, grants->end());
  return absl::OkStatus();
}

}  // namespace proctor::cli
