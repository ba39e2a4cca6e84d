#include "common/standard_descriptors.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace proctor {
namespace {

// Whether `holds` is true in a process that starts without descriptors 0, 1 and 2.
bool WithoutStreams(MissingStream how, const std::function<bool()>& holds) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(fd);
    FillStandardDescriptors(how);
    ::_exit(holds() ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool IsNullDevice(int fd) {
  struct stat null;
  struct stat info;
  return ::stat("/dev/null", &null) == 0 && ::fstat(fd, &info) == 0 && info.st_rdev == null.st_rdev;
}

TEST(StandardDescriptorsTest, MissingOnesBecomeTheNullDevice) {
  EXPECT_TRUE(WithoutStreams(MissingStream::kEmpty, [] {
    char byte = 0;
    return IsNullDevice(0) && IsNullDevice(1) && IsNullDevice(2) && ::read(0, &byte, 1) == 0 &&
           ::write(1, &byte, 1) == 1 && ::write(2, &byte, 1) == 1;
  }));
}

TEST(StandardDescriptorsTest, UnusableOnesFailAsClosedOnesDo) {
  EXPECT_TRUE(WithoutStreams(MissingStream::kUnusable, [] {
    char byte = 0;
    const bool read = ::read(0, &byte, 1) < 0 && errno == EBADF;
    const bool written = ::write(1, &byte, 1) < 0 && errno == EBADF;
    return read && written && IsNullDevice(2);
  }));
}

TEST(StandardDescriptorsTest, OpenOnesAreLeftAsTheyAre) {
  struct stat before;
  struct stat after;
  ASSERT_EQ(::fstat(STDOUT_FILENO, &before), 0);
  FillStandardDescriptors(MissingStream::kEmpty);
  ASSERT_EQ(::fstat(STDOUT_FILENO, &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

}  // namespace
}  // namespace proctor
