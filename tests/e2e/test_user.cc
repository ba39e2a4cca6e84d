#include "tests/e2e/test_user.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/unique_fd.h"

extern char** environ;

namespace proctor {
namespace {

constexpr absl::string_view kPrefix = "proctor-t";

// The account tools wait whole seconds for each other's lock; ours is waited for in the kernel.
class AccountLock {
 public:
  AccountLock() : fd_(::open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    ::flock(fd_.get(), LOCK_EX);
  }

 private:
  const UniqueFd fd_;
};

bool Run(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid;
  const int error = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  int status = -1;
  return error == 0 && ::waitpid(pid, &status, 0) == pid && status == 0;
}

std::string NewName() {
  static int count = 0;
  return absl::StrCat(kPrefix, ::getpid(), "-", ++count);
}

// Whether `name` was made by a test that has ended.
bool IsLeftOver(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, kPrefix)) return false;
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '-');
  int pid = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &pid)) return false;
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

void RemoveLeftOvers() {
  std::vector<std::string> users;
  ::setpwent();
  while (const passwd* entry = ::getpwent()) {
    if (IsLeftOver(entry->pw_name)) users.push_back(entry->pw_name);
  }
  ::endpwent();
  for (const std::string& user : users) Run({"userdel", "--remove", user});
  std::vector<std::string> groups;
  ::setgrent();
  while (const group* entry = ::getgrent()) {
    if (IsLeftOver(entry->gr_name)) groups.push_back(entry->gr_name);
  }
  ::endgrent();
  for (const std::string& group : groups) Run({"groupdel", group});
}

Account Add(const std::vector<std::string>& groups) {
  const AccountLock lock;
  static const bool swept = (RemoveLeftOvers(), true);
  static_cast<void>(swept);
  const std::string name = NewName();
  std::vector<std::string> command = {"useradd", "--create-home", "--skel",      "/dev/null",
                                      "--shell", "/bin/sh",       "--user-group"};
  if (!groups.empty()) command.push_back(absl::StrCat("--groups=", absl::StrJoin(groups, ",")));
  command.push_back(name);
  if (!Run(command)) {
    std::fprintf(stderr, "%s failed\n", absl::StrJoin(command, " ").c_str());
    std::abort();
  }
  return Account::Named(name);
}

std::string AddGroup() {
  const AccountLock lock;
  std::string name = NewName();
  if (!Run({"groupadd", name})) std::abort();
  return name;
}

}  // namespace

TestUser::TestUser(const std::vector<std::string>& groups) : account_(Add(groups)) {}

TestUser::~TestUser() {
  const AccountLock lock;
  Run({"userdel", "--remove", account_.name});
}

TestGroup::TestGroup() : name_(AddGroup()) {}

TestGroup::~TestGroup() {
  const AccountLock lock;
  Run({"groupdel", name_});
}

}  // namespace proctor
