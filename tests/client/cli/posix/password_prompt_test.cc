#include "client/cli/password_prompt.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "common/unique_fd.h"

namespace proctor::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What a process on a terminal of its own answered, and all that the terminal showed, when somebody
// typed `keys` after the prompt.
struct Exchange {
  std::string answer;
  std::string shown;
};

std::string ReadUntil(int fd, const std::string& end) {
  std::string text;
  while (text.find(end) == std::string::npos) {
    pollfd readable = {fd, POLLIN, 0};
    char byte;
    if (::poll(&readable, 1, 20000) != 1 || ::read(fd, &byte, 1) != 1) break;
    text += byte;
  }
  return text;
}

Exchange Type(const std::string& keys) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  int master = -1;
  const pid_t pid = ::forkpty(&master, nullptr, nullptr, nullptr);
  if (pid == 0) {
    const absl::StatusOr<SecretBytes> password = PromptPassword("Password: ");
    const std::string answer =
        password.ok() ? "<" + std::string(password->view()) + ">" : password.status().ToString();
    (void)!::write(writer.get(), answer.data(), answer.size());
    ::_exit(0);
  }
  writer.reset();
  const UniqueFd terminal(master);
  Exchange exchange;
  exchange.shown = ReadUntil(master, "Password: ");
  EXPECT_EQ(::write(master, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  exchange.shown += ReadUntil(master, "\n");
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  char buffer[256];
  const ssize_t got = ::read(reader.get(), buffer, sizeof(buffer));
  if (got > 0) exchange.answer.assign(buffer, static_cast<size_t>(got));
  return exchange;
}

TEST(PasswordPromptTest, TakesALineAndShowsNothingOfIt) {
  const Exchange exchange = Type("s3cr et\r");
  EXPECT_EQ(exchange.answer, "<s3cr et>");
  EXPECT_THAT(exchange.shown, HasSubstr("Password: "));
  EXPECT_THAT(exchange.shown, Not(HasSubstr("s3c")));
}

TEST(PasswordPromptTest, ALineCanBeCorrected) {
  EXPECT_EQ(Type("x\025abc\177\303\251\177d\n").answer, "<abd>");
}

TEST(PasswordPromptTest, CtrlCGivesUp) {
  EXPECT_THAT(Type("abc\003").answer, HasSubstr("CANCELLED"));
}

TEST(PasswordFileTest, TheFirstLineIsThePassword) {
  const std::string path = testing::TempDir() + "/proctor-password-" + std::to_string(::getpid());
  std::ofstream(path) << "first\r\nsecond\n";
  EXPECT_EQ(ReadPasswordFile(path)->view(), "first");
  std::ofstream(path) << "no end";
  EXPECT_EQ(ReadPasswordFile(path)->view(), "no end");
  std::ofstream(path) << "\nsecond\n";
  EXPECT_TRUE(absl::IsInvalidArgument(ReadPasswordFile(path).status()));
  ::unlink(path.c_str());
  EXPECT_FALSE(ReadPasswordFile(path).ok());
}

}  // namespace
}  // namespace proctor::cli
