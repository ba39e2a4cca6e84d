#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/win32/utf16.h"
#include "tests/agent/jobhost/win32/host_test.h"

namespace proctor::jobhost {
namespace {

using HostOutputTest = HostTest;

std::string Pattern(size_t bytes) {
  std::string text(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i % 26);
  return text;
}

TEST_F(HostOutputTest, EveryByteOfBothStreams) {
  StartHost();
  const JobReport report = RunJob(MakeLaunch("both", "print_pattern", {"1000003", "70001"}));
  EXPECT_EQ(report.main_exit().wait_status(), 0);
  EXPECT_EQ(report.standard_output().bytes_kept(), 1000003u);
  EXPECT_EQ(report.standard_error().bytes_kept(), 70001u);
  EXPECT_EQ(report.standard_output().drop(), DROP_NONE);
  EXPECT_TRUE(Spooled("both") == Pattern(1000003));
  EXPECT_TRUE(Spooled("both", true) == Pattern(70001));
}

TEST_F(HostOutputTest, PastTheBoundItIsCountedAndTheJobGoesOn) {
  StartHost();
  Launch launch = MakeLaunch("bounded", "print_pattern", {"3000000"});
  launch.mutable_standard_output()->set_limit_bytes(100001);
  const JobReport report = RunJob(launch);
  EXPECT_EQ(report.main_exit().wait_status(), 0);
  EXPECT_EQ(report.standard_output().bytes_kept(), 100001u);
  EXPECT_EQ(report.standard_output().bytes_dropped(), 3000000u - 100001u);
  EXPECT_EQ(report.standard_output().drop(), LIMIT);
  EXPECT_TRUE(Spooled("bounded") == Pattern(100001));
}

TEST_F(HostOutputTest, NothingPrintedMakesNoFile) {
  StartHost();
  const JobReport report = RunJob(MakeLaunch("silent", "exit_with", {"0"}));
  EXPECT_EQ(report.standard_output().bytes_kept(), 0u);
  EXPECT_FALSE(std::filesystem::exists(host().spool_dir() + "\\silent.out"));
}

TEST_F(HostOutputTest, AFileThatIsThereAlreadyIsNotWrittenTo) {
  StartHost();
  { std::ofstream(host().spool_dir() + "\\taken.out") << "old"; }
  const JobReport report = RunJob(MakeLaunch("taken", "print_pattern", {"1000"}));
  EXPECT_EQ(report.standard_output().bytes_kept(), 0u);
  EXPECT_EQ(report.standard_output().bytes_dropped(), 1000u);
  EXPECT_EQ(report.standard_output().drop(), jobhost::ERROR);
  EXPECT_EQ(Spooled("taken"), "old");
}

TEST_F(HostOutputTest, StandardErrorMergesIntoStandardOutput) {
  StartHost();
  Launch launch = MakeLaunch("merged", "print_pattern", {"1000", "2000"});
  launch.mutable_standard_error()->set_kind(Output::MERGE);
  const JobReport report = RunJob(launch);
  EXPECT_EQ(report.standard_output().bytes_kept(), 3000u);
  EXPECT_TRUE(Spooled("merged") == Pattern(1000) + Pattern(2000));
}

TEST_F(HostOutputTest, DiscardedOutputIsTakenAndForgotten) {
  StartHost();
  Launch launch = MakeLaunch("discarded", "print_pattern", {"100000", "5"});
  launch.mutable_standard_output()->set_kind(Output::DISCARD);
  const JobReport report = RunJob(launch);
  EXPECT_EQ(report.main_exit().wait_status(), 0);
  EXPECT_EQ(report.standard_output().bytes_kept(), 0u);
  EXPECT_EQ(report.standard_output().bytes_dropped(), 0u);
  EXPECT_EQ(report.standard_error().bytes_kept(), 5u);
}

TEST_F(HostOutputTest, AFileGoesToTheChildAsItWasOpened) {
  StartHost();
  const std::string path = host().spool_dir() + "\\redirected.txt";
  const UniqueHandle file(::CreateFileW(ToUtf16(path)->c_str(), GENERIC_WRITE, FILE_SHARE_READ,
                                        nullptr, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr));
  ASSERT_TRUE(file.valid());
  Launch launch = MakeLaunch("redirected", "print_pattern", {"5000"});
  launch.mutable_standard_output()->set_kind(Output::FILE);
  launch.mutable_windows()->set_stdout_handle(Lend(file));
  EXPECT_EQ(RunJob(launch).main_exit().wait_status(), 0);
  EXPECT_EQ(std::filesystem::file_size(path), 5000u);
}

TEST_F(HostOutputTest, AFollowerIsToldOnce) {
  StartHost();
  NamedEvent end;
  Launch launch = MakeLaunch("followed", "wait_for_event", {"0", "stay", end.name()});
  launch.set_follow_output(true);
  ASSERT_TRUE(client().Start(launch).ok());
  while (client().progress().empty()) ASSERT_TRUE(client().Next().ok());
  EXPECT_EQ(client().progress()[0].job_id(), "followed");
  EXPECT_GT(client().progress()[0].bytes_kept(), 0u);
  end.Set();
  ASSERT_TRUE(client().AwaitEnd("followed").ok());
  EXPECT_EQ(client().progress().size(), 1u);
}

TEST_F(HostOutputTest, TheEndOfTheTreeIsTheEndOfItsOutputThoughAnotherHoldsThePipe) {
  StartHost();
  NamedEvent end;
  const JobReport running =
      StartReady(MakeLaunch("held", "wait_for_event", {"0", "stay", end.name()}));
  // Takes the job's standard output for itself, as a process outside the tree could.
  const UniqueHandle process(
      ::OpenProcess(PROCESS_DUP_HANDLE, FALSE, static_cast<DWORD>(running.pid())));
  std::vector<UniqueHandle> stolen;
  for (uintptr_t value = 4; value < 0x200; value += 4) {
    HANDLE handle = nullptr;
    if (::DuplicateHandle(process.get(), reinterpret_cast<HANDLE>(value), ::GetCurrentProcess(),
                          &handle, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
      stolen.emplace_back(handle);
      if (::GetFileType(handle) != FILE_TYPE_PIPE) stolen.pop_back();
    }
  }
  ASSERT_FALSE(stolen.empty());
  end.Set();
  const absl::StatusOr<JobReport> report = client().AwaitEnd("held");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GE(report->standard_output().bytes_kept(), 6u);
}

}  // namespace
}  // namespace proctor::jobhost
