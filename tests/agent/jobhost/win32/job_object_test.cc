#include "agent/jobhost/win32/job_object.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/capabilities/win32/native_windows.h"
#include "tests/e2e/eventually.h"

namespace proctor::jobhost {
namespace {

// A process that is created in `job` and waited for until it has ended.
void RunInJob(const JobObject& job, std::wstring command_line) {
  STARTUPINFOW startup = {};
  startup.cb = sizeof(startup);
  PROCESS_INFORMATION information = {};
  ASSERT_TRUE(::CreateProcessW(nullptr, command_line.data(), nullptr, nullptr, FALSE,
                               CREATE_SUSPENDED | CREATE_NO_WINDOW, nullptr, nullptr, &startup,
                               &information))
      << ::GetLastError();
  const UniqueHandle process(information.hProcess);
  const UniqueHandle thread(information.hThread);
  ASSERT_TRUE(job.Assign(process).ok());
  ASSERT_NE(::ResumeThread(thread.get()), static_cast<DWORD>(-1));
  ASSERT_EQ(::WaitForSingleObject(process.get(), 60'000), static_cast<DWORD>(WAIT_OBJECT_0));
}

class JobObjectTest : public testing::Test {
 protected:
  const CompletionPort port_ = *CompletionPort::Create();
  const std::unique_ptr<JobObject> job_ = *JobObject::Create(port_, 1);
};

TEST_F(JobObjectTest, HoldsNoProcessAtFirst) {
  const absl::StatusOr<uint32_t> active = job_->ActiveProcesses();
  ASSERT_TRUE(active.ok()) << active.status();
  EXPECT_EQ(*active, 0u);
}

TEST_F(JobObjectTest, ItsHandleIsNotInherited) {
  DWORD flags = HANDLE_FLAG_INHERIT;
  ASSERT_TRUE(::GetHandleInformation(job_->handle().get(), &flags));
  EXPECT_EQ(flags & HANDLE_FLAG_INHERIT, 0u);
}

TEST_F(JobObjectTest, TheOnlyLimitIsTheEndWithItsHandle) {
  PROCTOR_REQUIRES_WINDOWS("job limits that can be read back");
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
  ASSERT_TRUE(::QueryInformationJobObject(job_->handle().get(), JobObjectExtendedLimitInformation,
                                          &limits, sizeof(limits), nullptr));
  // Among them no leave to break away.
  EXPECT_EQ(limits.BasicLimitInformation.LimitFlags,
            static_cast<DWORD>(JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE));
}

TEST_F(JobObjectTest, ProcessorTimeIsThatOfProcessesThatHaveGone) {
  PROCTOR_REQUIRES_WINDOWS("processor times of jobs");
  RunInJob(*job_, L"cmd.exe /d /c for /l %i in (1,1,300000) do @rem");
  const absl::optional<CpuTime> cpu = job_->Cpu();
  ASSERT_TRUE(cpu.has_value());
  EXPECT_GT(cpu->user_ns + cpu->system_ns, 0u);
}

TEST_F(JobObjectTest, WhatAProcessStartsIsCountedInTheSameJob) {
  RunInJob(*job_, L"cmd.exe /d /c start /b /wait cmd.exe /d /c exit 0");
  JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting = {};
  // A process is counted for a moment after its handle says that it has ended.
  EXPECT_TRUE(Eventually([&] {
    return ::QueryInformationJobObject(job_->handle().get(), JobObjectBasicAccountingInformation,
                                       &accounting, sizeof(accounting), nullptr) &&
           accounting.ActiveProcesses == 0;
  }));
  EXPECT_GE(accounting.TotalProcesses, 2u);
}

}  // namespace
}  // namespace proctor::jobhost
