#ifndef PROCTOR_TESTS_E2E_ACCOUNT_H_
#define PROCTOR_TESTS_E2E_ACCOUNT_H_

#include <cstdint>
#include <string>
#include <vector>

namespace proctor {

// An account of this machine, as the name service has it.
struct Account {
  std::string name;
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> groups;  // All of initgroups(3), sorted.
  std::string home;
  std::string shell;

  // Aborts for a name that nobody has.
  static Account Named(const std::string& name);
  // Whose process this is.
  static Account Current();

  // Makes the calling process this account: groups, gid, uid, for good. For a child between fork
  // and its work. Aborts when that fails, unless it is this account already.
  void Become() const;
};

bool IsRoot();

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_ACCOUNT_H_
