#include "agent/jobhost/linux/credential_store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace proctor::jobhost {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A directory below `parent` that goes with the test.
class Base {
 public:
  explicit Base(const std::string& parent) : path_(parent + "/proctor-test-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Base() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  // Names in it.
  std::set<std::string> entries() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      names.insert(entry.path().filename());
    }
    return names;
  }

 private:
  std::string path_;
};

class CredentialStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<CredentialCache> Put(CredentialStore* store, const std::string& job_id,
                                       const std::string& bytes) {
    absl::StatusOr<std::unique_ptr<CredentialCache>> cache =
        store->Put(job_id, bytes, ::geteuid(), ::getegid());
    EXPECT_TRUE(cache.ok()) << cache.status();
    return cache.ok() ? *std::move(cache) : nullptr;
  }
  static std::string PathOf(const CredentialCache& cache) {
    return std::string(absl::StripPrefix(cache.variable(), "KRB5CCNAME=FILE:"));
  }
  static std::string ContentOf(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }

  Base base_{"/dev/shm"};
};

TEST_F(CredentialStoreTest, AFileOfTheUsersOwnInADirectoryOfTheHosts) {
  CredentialStore store({base_.path()});
  EXPECT_THAT(base_.entries(), IsEmpty()) << "made when it is needed";
  const auto cache = Put(&store, "job1", "tickets");
  ASSERT_NE(cache, nullptr);
  const std::string path = PathOf(*cache);
  EXPECT_EQ(ContentOf(path), "tickets");
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode, S_IFREG | 0600u);
  ASSERT_EQ(::stat(std::filesystem::path(path).parent_path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode, S_IFDIR | 0711u);
}

TEST_F(CredentialStoreTest, AnEndedCacheIsOverwrittenAndGone) {
  CredentialStore store({base_.path()});
  auto cache = Put(&store, "job1", "tickets");
  ASSERT_NE(cache, nullptr);
  const std::string path = PathOf(*cache);
  const UniqueFd held(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  cache.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
  char byte;
  EXPECT_EQ(::read(held.get(), &byte, 1), 0) << "who has it open finds nothing in it";
}

TEST_F(CredentialStoreTest, AJobIdIsTakenOnce) {
  CredentialStore store({base_.path()});
  const auto cache = Put(&store, "job1", "tickets");
  ASSERT_NE(cache, nullptr);
  const auto again = store.Put("job1", "other", ::geteuid(), ::getegid());
  EXPECT_THAT(again.status().message(), HasSubstr("EEXIST"));
  EXPECT_EQ(ContentOf(PathOf(*cache)), "tickets");
}

TEST_F(CredentialStoreTest, AFailureLeavesNoFile) {
  // Of a user who may not give files away.
  constexpr uid_t kNobody = 65534;
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::chown(base_.path().c_str(), kNobody, kNobody), 0);
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  CredentialStore store({base_.path()});
  EXPECT_FALSE(store.Put("job1", "tickets", ::geteuid() - 1, ::getegid()).ok());
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(base_.path())) {
    EXPECT_TRUE(entry.is_directory()) << entry.path();
  }
}

TEST_F(CredentialStoreTest, ADiskIsNoPlaceForCredentials) {
  const Base disk(std::filesystem::temp_directory_path());
  struct stat on_disk;
  struct stat in_memory;
  ASSERT_EQ(::stat(disk.path().c_str(), &on_disk), 0);
  ASSERT_EQ(::stat(base_.path().c_str(), &in_memory), 0);
  if (on_disk.st_dev == in_memory.st_dev) GTEST_SKIP() << "needs temporary files on a disk";
  CredentialStore only_disk({disk.path()});
  EXPECT_THAT(only_disk.Put("job1", "tickets", ::geteuid(), ::getegid()).status().message(),
              HasSubstr("no file system in memory (tmpfs)"));
  EXPECT_THAT(disk.entries(), IsEmpty());
  CredentialStore second({disk.path(), base_.path()});
  EXPECT_NE(Put(&second, "job1", "tickets"), nullptr) << "the next one is taken";
}

TEST_F(CredentialStoreTest, TheDirectoryGoesWithTheStore) {
  {
    CredentialStore store({base_.path()});
    EXPECT_NE(Put(&store, "job1", "tickets"), nullptr);
    EXPECT_THAT(base_.entries(), SizeIs(1));
  }
  EXPECT_THAT(base_.entries(), IsEmpty());
}

TEST_F(CredentialStoreTest, WhatADeadHostLeftIsSweptAndALivingOnesIsNot) {
  CredentialStore living({base_.path()});
  const auto cache = Put(&living, "job1", "tickets");
  ASSERT_NE(cache, nullptr);
  const pid_t host = ::fork();
  if (host == 0) {
    CredentialStore store({base_.path()});
    ::_exit(store.Put("job2", "other tickets", ::geteuid(), ::getegid()).ok() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(host, &status, 0), host);
  ASSERT_EQ(status, 0);
  // The child's copy of `cache` went without its destructor, as everything of a killed host does.
  ASSERT_THAT(base_.entries(), SizeIs(2));
  CredentialStore next({base_.path()});
  next.SweepLeftovers();
  EXPECT_THAT(base_.entries(), SizeIs(1));
  EXPECT_EQ(ContentOf(PathOf(*cache)), "tickets");
}

TEST_F(CredentialStoreTest, AnEndByForceRemovesWhatIsHeldStill) {
  CredentialStore store({base_.path()});
  const auto cache = Put(&store, "job1", "tickets");
  ASSERT_NE(cache, nullptr);
  store.RemoveAll();
  EXPECT_THAT(base_.entries(), IsEmpty());
}

}  // namespace
}  // namespace proctor::jobhost
