#ifndef PROCTOR_TESTS_AGENT_TOKEN_FAKE_ACCOUNT_NAMES_H_
#define PROCTOR_TESTS_AGENT_TOKEN_FAKE_ACCOUNT_NAMES_H_

#include <map>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/token/account_names.h"

namespace proctor {

// A name service of the test's own. Numbers and SIDs are what they are.
class FakeAccountNames final : public AccountNames {
 public:
  using Keys = std::map<std::string, std::string, std::less<>>;
  FakeAccountNames(Keys users, Keys groups, bool accounts_have_sids = false)
      : users_(std::move(users)),
        groups_(std::move(groups)),
        accounts_have_sids_(accounts_have_sids) {}

  absl::StatusOr<std::string> UserKey(absl::string_view name) const override {
    return Find(users_, "user", name);
  }
  absl::StatusOr<std::string> GroupKey(absl::string_view name) const override {
    return Find(groups_, "group", name);
  }
  bool AccountsHaveSids() const override { return accounts_have_sids_; }

 private:
  static absl::StatusOr<std::string> Find(const Keys& keys, absl::string_view kind,
                                          absl::string_view name) {
    uint32_t number;
    if (absl::SimpleAtoi(name, &number) || name.substr(0, 4) == "S-1-") return std::string(name);
    const auto found = keys.find(std::string(name));
    if (found == keys.end()) {
      return absl::NotFoundError(absl::StrCat("no ", kind, " '", name, "'"));
    }
    return found->second;
  }

  const Keys users_;
  const Keys groups_;
  const bool accounts_have_sids_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_TOKEN_FAKE_ACCOUNT_NAMES_H_
