#ifndef PROCTOR_TESTS_E2E_TEST_USER_H_
#define PROCTOR_TESTS_E2E_TEST_USER_H_

#include <string>
#include <vector>

#include "tests/e2e/account.h"

namespace proctor {

// An account that exists for one test: made by useradd(8) with a home directory, removed with it.
// Its name holds the pid of the test, so that one which a killed test left behind is recognised
// and removed by the next. Needs root.
class TestUser {
 public:
  // `groups`: supplementary groups, by name.
  explicit TestUser(const std::vector<std::string>& groups = {});
  ~TestUser();
  TestUser(const TestUser&) = delete;
  TestUser& operator=(const TestUser&) = delete;

  const Account& account() const { return account_; }

 private:
  Account account_;
};

// A group that exists for one test. Destroy it after its members.
class TestGroup {
 public:
  TestGroup();
  ~TestGroup();
  TestGroup(const TestGroup&) = delete;
  TestGroup& operator=(const TestGroup&) = delete;

  const std::string& name() const { return name_; }

 private:
  const std::string name_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_TEST_USER_H_
