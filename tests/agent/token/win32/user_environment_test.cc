#include "agent/token/win32/user_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace proctor {
namespace {

using testing::ElementsAre;

const std::vector<std::string> kLogin = {"=C:=C:\\work", "Path=C:\\bin", "SystemRoot=C:\\windows",
                                         "TEMP=C:\\t"};

TEST(UserEnvironmentTest, NamesAreTheSameWhateverTheirCase) {
  v1::Environment request;
  (*request.mutable_variables())["PATH"] = "D:\\bin";
  request.add_unset("temp");
  EXPECT_THAT(BuildUserEnvironment(kLogin, request, "id"),
              ElementsAre("Path=D:\\bin", "PROCTOR_JOB_ID=id", "SystemRoot=C:\\windows"));
}

TEST(UserEnvironmentTest, ExactKeepsNothingButTheSystemsRoot) {
  v1::Environment request;
  request.set_base(v1::Environment::EXACT);
  (*request.mutable_variables())["A"] = "1";
  EXPECT_THAT(BuildUserEnvironment(kLogin, request, "id"),
              ElementsAre("A=1", "SystemRoot=C:\\windows"));
}

TEST(UserEnvironmentTest, ValuesMayHoldEquals) {
  EXPECT_EQ(VariableOf({"A=b=c"}, "a"), "b=c");
  EXPECT_EQ(VariableOf({"A=b=c"}, "b"), "");
}

}  // namespace
}  // namespace proctor
