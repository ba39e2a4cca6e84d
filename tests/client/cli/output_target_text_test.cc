#include "client/cli/output_target_text.h"

#include <gtest/gtest.h>

namespace proctor::cli {
namespace {

using File = v1::OutputTarget::File;

TEST(ParseOutputTargetTest, Words) {
  EXPECT_TRUE(ParseOutputTarget("spool")->has_spool());
  EXPECT_FALSE(ParseOutputTarget("spool")->spool().has_limit_bytes());
  EXPECT_EQ(ParseOutputTarget("spool:10M")->spool().limit_bytes(), 10485760u);
  EXPECT_TRUE(ParseOutputTarget("discard")->has_discard());
  EXPECT_TRUE(ParseOutputTarget("merge")->has_merge());
}

TEST(ParseOutputTargetTest, FilesWithTheirModes) {
  EXPECT_EQ(ParseOutputTarget("/tmp/x")->file().mode(), File::APPEND);
  EXPECT_EQ(ParseOutputTarget("/tmp/x:append")->file().path(), "/tmp/x");
  EXPECT_EQ(ParseOutputTarget("x:truncate")->file().mode(), File::TRUNCATE);
  EXPECT_EQ(ParseOutputTarget("x:exclusive")->file().mode(), File::EXCLUSIVE);
  const v1::OutputTarget special = ParseOutputTarget("/dev/tty:truncate:special").value();
  EXPECT_TRUE(special.file().allow_special());
  EXPECT_EQ(special.file().mode(), File::TRUNCATE);
  EXPECT_EQ(special.file().path(), "/dev/tty");
}

TEST(ParseOutputTargetTest, NamesThatLookLikeWords) {
  EXPECT_EQ(ParseOutputTarget("./spool")->file().path(), "./spool");
  EXPECT_EQ(ParseOutputTarget("a:b")->file().path(), "a:b");
}

TEST(ParseOutputTargetTest, Refuses) {
  EXPECT_FALSE(ParseOutputTarget("").ok());
  EXPECT_FALSE(ParseOutputTarget(":truncate").ok());
  EXPECT_FALSE(ParseOutputTarget("spool:lots").ok());
}

TEST(OutputTargetTextTest, ReadsBack) {
  for (const char* text : {"spool", "discard", "merge", "/x:append", "x:truncate:special"}) {
    EXPECT_EQ(OutputTargetText(ParseOutputTarget(text).value()), text);
  }
}

}  // namespace
}  // namespace proctor::cli
