#include "common/line_aggregator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr absl::Duration kStart = absl::Seconds(1000);

std::vector<std::string> Texts(const std::vector<LineAggregator::Summary>& summaries) {
  std::vector<std::string> texts;
  for (const auto& summary : summaries) texts.push_back(summary.text);
  return texts;
}

int Admitted(LineAggregator* lines, int count, absl::string_view kind, absl::string_view subject,
             absl::Duration now) {
  int admitted = 0;
  for (int i = 0; i < count; ++i) admitted += lines->Admit(LogLevel::kWarning, kind, subject, now);
  return admitted;
}

TEST(LineAggregatorTest, TheFirstLinesAreWrittenAndTheOthersTold) {
  LineAggregator lines;
  EXPECT_EQ(Admitted(&lines, 4317, "refused a call", "uid 7", kStart), 5);
  EXPECT_EQ(lines.NextEnd(), kStart + absl::Seconds(10));
  EXPECT_THAT(lines.TakeDue(kStart + absl::Seconds(9)), IsEmpty());
  EXPECT_THAT(Texts(lines.TakeDue(kStart + absl::Seconds(10))),
              ElementsAre("refused a call (uid 7): … and 4,312 more like it in 10 s"));
  EXPECT_EQ(lines.NextEnd(), absl::InfiniteDuration());
}

TEST(LineAggregatorTest, AfterTheWindowTheFirstLinesAreWrittenAgain) {
  LineAggregator lines;
  Admitted(&lines, 5, "refused a call", "uid 7", kStart);
  EXPECT_THAT(lines.TakeDue(kStart + absl::Seconds(10)), IsEmpty());
  EXPECT_EQ(Admitted(&lines, 9, "refused a call", "uid 7", kStart + absl::Seconds(10)), 5);
}

TEST(LineAggregatorTest, KindsAndSubjectsAreCountedApart) {
  LineAggregator lines;
  EXPECT_EQ(Admitted(&lines, 9, "refused a call", "uid 7", kStart), 5);
  EXPECT_EQ(Admitted(&lines, 9, "refused a call", "uid 8", kStart), 5);
  EXPECT_EQ(Admitted(&lines, 9, "refused a session", "uid 7", kStart), 5);
}

TEST(LineAggregatorTest, SubjectsBeyondTheBoundShareOneCount) {
  LineAggregator lines;
  int admitted = 0;
  for (int i = 0; i < 1000; ++i) {
    admitted += Admitted(&lines, 1, "refused a call", absl::StrCat("2001:db8:0:", i), kStart);
  }
  EXPECT_EQ(admitted, 64 + 5);
  EXPECT_THAT(Texts(lines.TakeDue(kStart + absl::Seconds(10))),
              ElementsAre("refused a call (others): … and 931 more like it in 10 s"));
}

TEST(LineAggregatorTest, AWindowOfZeroLeavesNothingOut) {
  LineAggregator lines;
  lines.SetWindow(absl::ZeroDuration());
  EXPECT_EQ(Admitted(&lines, 1000, "refused a call", "uid 7", kStart), 1000);
  EXPECT_EQ(lines.NextEnd(), absl::InfiniteDuration());
}

TEST(LineAggregatorTest, AChangedWindowIsForThoseThatBegin) {
  LineAggregator lines;
  Admitted(&lines, 6, "refused a call", "uid 7", kStart);
  lines.SetWindow(absl::Seconds(60));
  Admitted(&lines, 6, "refused a call", "uid 8", kStart);
  EXPECT_THAT(lines.TakeDue(kStart + absl::Seconds(10)), SizeIs(1));
  EXPECT_THAT(Texts(lines.TakeDue(kStart + absl::Seconds(60))),
              ElementsAre("refused a call (uid 8): … and 1 more like it in 60 s"));
}

}  // namespace
}  // namespace proctor
