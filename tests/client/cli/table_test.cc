#include "client/cli/table.h"

#include <gtest/gtest.h>

namespace proctor::cli {
namespace {

TEST(TableTest, AlignsColumns) {
  Table table({"NAME", "N", "TEXT"});
  table.AlignRight(1);
  table.AddRow({"a", "1", "one"});
  table.AddRow({"longer", "100", ""});
  table.AddRow({"", "", "x"});
  EXPECT_EQ(table.Render(0, false),
            "NAME      N  TEXT\n"
            "a         1  one\n"
            "longer  100\n"
            "-         -  x\n");
}

TEST(TableTest, CutsTheLastColumnOnly) {
  Table table({"A", "B"});
  table.AddRow({"1", "a long text that does not fit"});
  EXPECT_EQ(table.Render(15, false), "A  B\n1  a long text…\n");
  EXPECT_EQ(table.Render(0, false), "A  B\n1  a long text that does not fit\n");
}

TEST(TableTest, CountsCharactersNotBytesNorColours) {
  EXPECT_EQ(DisplayWidth("grün"), 4u);
  EXPECT_EQ(DisplayWidth("\x1b[31mred\x1b[0m"), 3u);
}

}  // namespace
}  // namespace proctor::cli
