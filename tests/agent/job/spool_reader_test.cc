#include "agent/job/spool_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <system_error>

#include "agent/job/job_id.h"
#include "common/os_error.h"
#include "tests/agent/job/temporary_directory.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SpoolReaderTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& content) {
    std::ofstream(directory_.File(name), std::ios::binary | std::ios::app) << content;
  }

  TemporaryDirectory directory_;
  const SpoolReader reader_{directory_.path()};
  const std::string id_ = NewJobId();
};

TEST_F(SpoolReaderTest, ReadsEachStreamFromAnOffset) {
  Write(id_ + ".out", "0123456789");
  Write(id_ + ".err", "error");
  EXPECT_EQ(*reader_.Read(id_, false, 0, 100), "0123456789");
  EXPECT_EQ(*reader_.Read(id_, false, 3, 4), "3456");
  EXPECT_EQ(*reader_.Read(id_, false, 9, 4), "9");
  EXPECT_EQ(*reader_.Read(id_, false, 0, 0), "");
  EXPECT_EQ(*reader_.Read(id_, true, 0, 100), "error");
}

TEST_F(SpoolReaderTest, ThereIsNothingBeyondTheEnd) {
  Write(id_ + ".out", "0123456789");
  EXPECT_EQ(*reader_.Read(id_, false, 10, 100), "");
  EXPECT_EQ(*reader_.Read(id_, false, std::numeric_limits<uint64_t>::max(), 100), "");
}

TEST_F(SpoolReaderTest, AHugeMaximumAllocatesOnlyWhatIsThere) {
  Write(id_ + ".out", "0123456789");
  EXPECT_EQ(*reader_.Read(id_, false, 1, std::numeric_limits<size_t>::max()), "123456789");
}

TEST_F(SpoolReaderTest, AMissingFileReadsAsEmpty) {
  EXPECT_EQ(*reader_.Read(id_, false, 0, 100), "");
  const absl::StatusOr<SpoolFile> file = reader_.Open(id_, true);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_FALSE(file->exists());
  EXPECT_EQ(*file->Read(0, 10), "");
}

TEST_F(SpoolReaderTest, AnOpenFileSeesWhatIsAddedAndOutlivesItsRemoval) {
  Write(id_ + ".out", "one");
  const absl::StatusOr<SpoolFile> file = reader_.Open(id_, false);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(file->exists());
  Write(id_ + ".out", "two");
  EXPECT_EQ(*file->Read(3, 10), "two");
  ASSERT_TRUE(reader_.Remove(id_).ok());
  EXPECT_EQ(*file->Read(0, 10), "onetwo");
}

TEST_F(SpoolReaderTest, RemovesBothFilesAndIsContentWithNone) {
  Write(id_ + ".out", "x");
  Write(id_ + ".err", "y");
  EXPECT_TRUE(reader_.Remove(id_).ok());
  EXPECT_FALSE(std::filesystem::exists(directory_.File(id_ + ".out")));
  EXPECT_FALSE(std::filesystem::exists(directory_.File(id_ + ".err")));
  EXPECT_TRUE(reader_.Remove(id_).ok());
}

TEST_F(SpoolReaderTest, ALinkIsNotFollowed) {
  Write("secret", "do not show");
  std::error_code error;
  std::filesystem::create_symlink(directory_.File("secret"), directory_.File(id_ + ".out"), error);
  if (error) GTEST_SKIP() << "needs symbolic links: " << error.message();
  const absl::StatusOr<std::string> content = reader_.Read(id_, false, 0, 100);
  ASSERT_FALSE(content.ok());
  EXPECT_EQ(GetOsError(content.status())->code, ELOOP);
}

TEST_F(SpoolReaderTest, ANameThatIsNoJobIdIsRefused) {
  Write("secret.out", "do not show");
  for (const std::string& name : {std::string("secret"), std::string(), std::string("../x")}) {
    EXPECT_EQ(reader_.Read(name, false, 0, 9).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(reader_.Remove(name).code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(SpoolReaderTest, ListsEachJobOnceAndNothingElse) {
  EXPECT_THAT(*reader_.ListJobIds(), IsEmpty());
  const std::string other = NewJobId();
  Write(id_ + ".out", "");
  Write(id_ + ".err", "");
  Write(other + ".err", "");
  Write("journal.db", "");
  Write(id_ + ".tmp", "");
  Write("x.out", "");
  EXPECT_THAT(*reader_.ListJobIds(), ElementsAre(std::min(id_, other), std::max(id_, other)));
}

TEST_F(SpoolReaderTest, AMissingDirectoryIsAnError) {
  EXPECT_EQ(SpoolReader(directory_.File("none")).ListJobIds().status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace proctor
