#include "tests/agent/jobhost/test_user.h"

#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace proctor::jobhost {
namespace {

int RunProgram(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  return status;
}

}  // namespace

absl::StatusOr<TestUser> TestUser::Create() {
  static std::atomic<int> made = 0;
  TestUser user;
  user.name_ = absl::StrCat("proctor-t", ::getpid(), "-", ++made);
  if (RunProgram({"/usr/sbin/useradd", "--no-create-home", "--home-dir", "/nonexistent",
                  "--user-group", user.name_}) != 0) {
    return absl::UnavailableError("useradd failed");
  }
  const passwd* const entry = ::getpwnam(user.name_.c_str());
  if (entry == nullptr) return absl::UnavailableError("the new user is not there");
  user.uid_ = entry->pw_uid;
  user.gid_ = entry->pw_gid;
  return user;
}

TestUser::TestUser(TestUser&& other) noexcept
    : name_(std::exchange(other.name_, "")), uid_(other.uid_), gid_(other.gid_) {}

TestUser::~TestUser() {
  if (name_.empty()) return;
  // Refused while a process of the user is still on its way out.
  const absl::Time give_up = absl::Now() + absl::Seconds(10);
  while (RunProgram({"/usr/sbin/userdel", name_}) != 0 && absl::Now() < give_up) {
    absl::SleepFor(absl::Milliseconds(20));
  }
}

bool TestUser::Change(std::vector<std::string> command) const {
  command[0] = absl::StrCat("/usr/sbin/", command[0]);
  command.push_back(name_);
  return RunProgram(command) == 0;
}

bool TestUser::SetPassword(const std::string& password) const {
  return RunProgram({"/bin/sh", "-c", "printf '%s:%s\\n' \"$0\" \"$1\" | /usr/sbin/chpasswd", name_,
                     password}) == 0;
}

void TestUser::Own(Launch* launch) const {
  launch->set_uid(uid_);
  launch->set_gid(gid_);
  launch->clear_groups();
  launch->add_groups(gid_);
  launch->set_change_identity(true);
}

}  // namespace proctor::jobhost
