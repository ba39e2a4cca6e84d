#include "common/linux/sealed_memfd.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace proctor {
namespace {

TEST(SealedMemfdTest, HoldsItsBytesAndNothingElseEver) {
  const std::string bytes(10'000, 'x');
  const absl::StatusOr<UniqueFd> file = SealedMemfd("test", bytes);
  ASSERT_TRUE(file.ok()) << file.status();
  std::string read(bytes.size() + 1, '\0');
  ASSERT_EQ(::pread(file->get(), read.data(), read.size(), 0), static_cast<ssize_t>(bytes.size()));
  read.pop_back();
  EXPECT_EQ(read, bytes);
  EXPECT_EQ(::pwrite(file->get(), "y", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(file->get(), 0), -1);
  EXPECT_EQ(::ftruncate(file->get(), 20'000), -1);
  EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file->get(), 0), MAP_FAILED);
}

}  // namespace
}  // namespace proctor
