#include "client/cli/job_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/proto_time.h"

namespace proctor::cli {
namespace {

const Style kPlain(false);

TEST(JobTextTest, CommandsAreQuotedAsAShellNeedsIt) {
  v1::LaunchSpec spec;
  for (const char* word : {"sh", "-c", "id; echo $$", "", "it's", "a\nb"}) spec.add_argv(word);
  EXPECT_EQ(CommandText(spec), "sh -c 'id; echo $$' '' 'it'\\''s' 'a\\nb'");
}

TEST(JobTextTest, Results) {
  v1::ExitRecord exit;
  EXPECT_EQ(ResultText(exit, kPlain), "");
  exit.set_reason(v1::EXITED);
  exit.set_exit_code(3);
  EXPECT_EQ(ResultText(exit, kPlain), "exit 3");
  exit.clear_exit_code();
  exit.set_signal(11);
  exit.set_core_dumped(true);
  exit.set_reason(v1::SIGNALED);
  EXPECT_EQ(ResultText(exit, kPlain), "SIGSEGV (core dumped)");
  exit.set_core_dumped(false);
  exit.set_signal(15);
  exit.set_reason(v1::KILLED);
  EXPECT_EQ(ResultText(exit, kPlain), "killed (SIGTERM)");
  exit.set_reason(v1::TIMED_OUT);
  EXPECT_EQ(ResultText(exit, kPlain), "timed out (SIGTERM)");
  exit.set_reason(v1::JOB_LOST);
  EXPECT_EQ(ResultText(exit, kPlain), "lost");
  EXPECT_EQ(ResultText(exit, Style(true)), "\x1b[31mlost\x1b[0m");
}

TEST(JobTextTest, Principals) {
  v1::Principal principal;
  principal.mutable_posix()->set_uid(1001);
  principal.mutable_posix()->set_gid(1002);
  EXPECT_EQ(PrincipalName(principal), "uid 1001");
  EXPECT_EQ(PrincipalText(principal), "uid 1001, gid 1002");
  principal.set_name("alice");
  principal.mutable_posix()->add_groups(4);
  principal.mutable_posix()->add_groups(27);
  EXPECT_EQ(PrincipalText(principal), "alice (uid 1001, gid 1002, groups 4 27)");
}

TEST(JobTextTest, ExitSummary) {
  v1::ExitRecord exit;
  exit.set_reason(v1::EXITED);
  exit.set_exit_code(0);
  EXPECT_EQ(ExitSummary(exit), "exit 0");
  SetDurationProto(absl::Milliseconds(12), exit.mutable_run_time());
  SetDurationProto(absl::Milliseconds(3), exit.mutable_user_cpu());
  SetDurationProto(absl::Milliseconds(1), exit.mutable_system_cpu());
  exit.set_peak_memory_bytes(1258291);
  EXPECT_EQ(ExitSummary(exit), "exit 0 after 12ms, cpu 3ms user + 1ms system, 1.2 MiB peak");
}

// STATUS_DLL_INIT_FAILED: the program ended before a line of its own, and says nothing itself.
TEST(JobTextTest, AProgramThatGotNoDesktopHeapHasAHint) {
  v1::ExitRecord exit;
  exit.set_reason(v1::EXITED);
  exit.set_exit_code(static_cast<int32_t>(0xC0000142));
  const auto shows = [&exit] {
    return FieldsText(ExitFields(exit, absl::UnixEpoch(), kPlain), kPlain);
  };
  EXPECT_THAT(shows(), ::testing::HasSubstr("desktop heap"));
  EXPECT_THAT(shows(), ::testing::HasSubstr("retry when some jobs have ended"));
  exit.set_exit_code(1);
  EXPECT_THAT(shows(), ::testing::Not(::testing::HasSubstr("desktop heap")));
}

TEST(JobTextTest, StagesWithSkippedAndFailedOnes) {
  v1::FailureDetail detail;
  v1::StageReport* stage = detail.add_stages();
  stage->set_stage(v1::IDENTIFY);
  stage->set_call("getsockopt");
  stage->set_result("uid 1000");
  SetDurationProto(absl::Microseconds(12), stage->mutable_duration());
  stage = detail.add_stages();
  stage->set_stage(v1::RESTRICT);
  stage->set_skipped(true);
  stage->set_result("nothing asked for");
  stage = detail.add_stages();
  stage->set_stage(v1::IMPERSONATE);
  stage->set_call("chdir");
  stage->set_os_error_code(13);
  stage->set_os_error_name("EACCES");
  EXPECT_EQ(StagesText(detail.stages(), 0, kPlain),
            "STAGE        CALL        TIME  RESULT\n"
            "IDENTIFY     getsockopt  12us  uid 1000\n"
            "RESTRICT     -              -  skipped: nothing asked for\n"
            "IMPERSONATE  chdir          -  EACCES (13)\n");
}

TEST(JobTextTest, FieldsAreAligned) {
  EXPECT_EQ(FieldsText({{"a", "1"}, {"longer", "2"}}, kPlain), "  a       1\n  longer  2\n");
}

TEST(JobTextTest, SpecShowsWhatWasAskedFor) {
  v1::LaunchSpec spec;
  spec.add_argv("true");
  EXPECT_EQ(FieldsText(SpecFields(spec), kPlain), "  command  true\n");
  spec.mutable_kill_policy()->set_signal(2);
  SetDurationProto(absl::Seconds(5), spec.mutable_kill_policy()->mutable_grace_period());
  (*spec.mutable_labels())["b"] = "2";
  (*spec.mutable_labels())["a"] = "1";
  EXPECT_EQ(FieldsText(SpecFields(spec), kPlain),
            "  command  true\n  kill     SIGINT, grace period 5s\n  labels   a=1 b=2\n");
}

}  // namespace
}  // namespace proctor::cli
