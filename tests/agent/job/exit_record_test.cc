#include "agent/job/exit_record.h"

#include <gtest/gtest.h>

#include <csignal>

namespace proctor {
namespace {

jobhost::JobReport Ended(jobhost::ExitKind code, int status, jobhost::Cause cause) {
  jobhost::JobReport report;
  report.set_phase(jobhost::FINAL);
  report.mutable_main_exit()->set_code(code);
  report.mutable_main_exit()->set_wait_status(status);
  report.mutable_main_exit()->set_cause(cause);
  return report;
}

TEST(ExitRecordTest, TheReasonIsTheCauseThenTheWayOfEnding) {
  EXPECT_EQ(BuildExitRecord({}, Ended(jobhost::BY_EXIT, 255, jobhost::BY_ITSELF)).reason(),
            v1::EXITED);
  EXPECT_EQ(BuildExitRecord({}, Ended(jobhost::BY_SIGNAL, 9, jobhost::BY_ITSELF)).reason(),
            v1::SIGNALED)
      << "a plain SIGKILL is neither ours nor an out-of-memory kill";
  EXPECT_EQ(BuildExitRecord({}, Ended(jobhost::BY_EXIT, 0, jobhost::KILL_REQUESTED)).reason(),
            v1::KILLED);
  EXPECT_EQ(BuildExitRecord({}, Ended(jobhost::BY_SIGNAL, 15, jobhost::TIMEOUT)).reason(),
            v1::TIMED_OUT);
}

TEST(ExitRecordTest, ExitCodeAndSignalExcludeEachOther) {
  const v1::ExitRecord exited =
      BuildExitRecord({}, Ended(jobhost::BY_EXIT, 255, jobhost::BY_ITSELF));
  EXPECT_EQ(exited.exit_code(), 255);
  EXPECT_FALSE(exited.has_signal());
  const v1::ExitRecord dumped =
      BuildExitRecord({}, Ended(jobhost::BY_SIGNAL_WITH_CORE, 11, jobhost::BY_ITSELF));
  EXPECT_EQ(dumped.signal(), 11);
  EXPECT_TRUE(dumped.core_dumped());
  EXPECT_FALSE(dumped.has_exit_code());
}

TEST(ExitRecordTest, FiguresThatAreNotKnownAreAbsent) {
  jobhost::JobReport report = Ended(jobhost::BY_EXIT, 0, jobhost::BY_ITSELF);
  EXPECT_FALSE(BuildExitRecord({}, report).has_peak_memory_bytes());
  EXPECT_EQ(BuildExitRecord({}, report).cpu_source(), v1::WAITED_PROCESSES);
  report.set_cgroup_user_cpu_ns(5);
  report.set_cgroup_system_cpu_ns(7);
  const v1::ExitRecord record = BuildExitRecord({}, report);
  EXPECT_EQ(record.cpu_source(), v1::CGROUP);
  EXPECT_EQ(record.user_cpu().nanos(), 5);
  EXPECT_EQ(record.system_cpu().nanos(), 7);
}

TEST(ExitRecordTest, AJobKilledBeforeItRanHasNoStatus) {
  jobhost::JobReport report;
  report.set_phase(jobhost::FINAL);
  const v1::ExitRecord record = BuildExitRecord({}, report);
  EXPECT_EQ(record.reason(), v1::KILLED);
  EXPECT_FALSE(record.has_exit_code());
  EXPECT_TRUE(record.final());
}

}  // namespace
}  // namespace proctor
