#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "agent/jobhost/spool_files.h"
#include "agent/jobhost/spool_stream.h"
#include "common/disk_space.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {
namespace {

constexpr uint64_t kMebibyte = 1 << 20;

// A spool on a file system of sixteen mebibytes.
class SpoolReserveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/spool-reserve-test-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    if (::mount("proctor-test", name, "tmpfs", 0, "size=16m") != 0) {
      GTEST_SKIP() << "needs mount (CAP_SYS_ADMIN): " << std::strerror(errno);
    }
    mounted_ = true;
  }

  void TearDown() override {
    if (mounted_) {
      EXPECT_EQ(::umount2(directory_.c_str(), MNT_DETACH), 0);
    }
    EXPECT_EQ(::rmdir(directory_.c_str()), 0);
  }

  // What is kept of a stream of so many mebibytes.
  static StreamResult Print(const SpoolFiles& files, uint64_t mebibytes) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return {};
    UniqueFd writer(ends[1]);
    SpoolStream stream(files.directory(), "job", false, uint64_t{1} << 30, UniqueFd(ends[0]),
                       UniqueFd());
    const std::string block(64 << 10, 'x');
    for (uint64_t written = 0; written < mebibytes * kMebibyte;) {
      const ssize_t put = ::write(writer.get(), block.data(), block.size());
      if (put > 0) written += static_cast<uint64_t>(put);
      stream.Pump();
    }
    return stream.Finish();
  }

  uint64_t Free() const { return DiskSpaceOf(directory_)->free; }

  std::string directory_;
  bool mounted_ = false;
};

TEST_F(SpoolReserveTest, AStreamStopsWhereTheReserveBegins) {
  const absl::StatusOr<SpoolFiles> files = SpoolFiles::Open(directory_, 6 * kMebibyte);
  const StreamResult result = Print(*files, 20);
  EXPECT_EQ(result.drop(), FULL);
  EXPECT_EQ(result.bytes_kept() + result.bytes_dropped(), 20 * kMebibyte);
  EXPECT_GE(result.bytes_kept(), 8 * kMebibyte) << "what is not reserved can be used";
  EXPECT_GE(Free(), 6 * kMebibyte);
}

TEST_F(SpoolReserveTest, WithoutAWordTheDiskDecides) {
  const absl::StatusOr<SpoolFiles> files = SpoolFiles::Open(directory_, absl::nullopt);
  EXPECT_EQ(files->directory().reserve_bytes, 8 * kMebibyte);
  EXPECT_EQ(Print(*files, 20).drop(), FULL);
  EXPECT_GE(Free(), 8 * kMebibyte);
}

TEST(DiskReserveTest, IsATwentiethWithinBounds) {
  EXPECT_EQ(DefaultDiskReserve(10 * kMebibyte), 5 * kMebibyte);
  EXPECT_EQ(DefaultDiskReserve(1000 * kMebibyte), 64 * kMebibyte);
  EXPECT_EQ(DefaultDiskReserve(10'000 * kMebibyte), 500 * kMebibyte);
  EXPECT_EQ(DefaultDiskReserve(1'000'000 * kMebibyte), 1024 * kMebibyte);
}

}  // namespace
}  // namespace proctor::jobhost
