#include "tests/e2e/account.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace proctor {
namespace {

[[noreturn]] void Die(const char* what, const std::string& name) {
  std::perror((std::string(what) + " " + name).c_str());
  std::abort();
}

}  // namespace

Account Account::Named(const std::string& name) {
  const passwd* const entry = ::getpwnam(name.c_str());
  if (entry == nullptr) Die("getpwnam", name);
  Account account{name, entry->pw_uid, entry->pw_gid, {}, entry->pw_dir, entry->pw_shell};
  int count = 256;
  std::vector<gid_t> groups(static_cast<size_t>(count));
  if (::getgrouplist(name.c_str(), entry->pw_gid, groups.data(), &count) < 0) {
    Die("getgrouplist", name);
  }
  account.groups.assign(groups.begin(), groups.begin() + count);
  std::sort(account.groups.begin(), account.groups.end());
  return account;
}

Account Account::Current() {
  const passwd* const entry = ::getpwuid(::geteuid());
  // Thrown, not Die: the fixture has an agent running, which must go with it.
  if (entry == nullptr) throw std::runtime_error("these tests need an account for their own uid");
  return Named(entry->pw_name);
}

void Account::Become() const {
  if (::geteuid() == uid) return;
  const std::vector<gid_t> ids(groups.begin(), groups.end());
  if (::setgroups(ids.size(), ids.data()) != 0) Die("setgroups", name);
  if (::setresgid(gid, gid, gid) != 0) Die("setresgid", name);
  if (::setresuid(uid, uid, uid) != 0) Die("setresuid", name);
}

bool IsRoot() { return ::geteuid() == 0; }

}  // namespace proctor
