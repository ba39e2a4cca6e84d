#include "client/output_cursor.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

v1::OutputChunk Chunk(uint64_t offset, const std::string& data) {
  v1::OutputChunk chunk;
  chunk.set_stream(v1::STDOUT);
  chunk.set_offset(offset);
  chunk.set_data(data);
  return chunk;
}

TEST(OutputCursorTest, TakesWhatFollows) {
  OutputCursor cursor(3);
  v1::OutputChunk chunk = Chunk(3, "abc");
  ASSERT_TRUE(cursor.Accept(&chunk).ok());
  EXPECT_EQ(chunk.data(), "abc");
  EXPECT_EQ(cursor.offset(), 6u);
}

TEST(OutputCursorTest, CutsOffWhatIsRepeated) {
  OutputCursor cursor(5);
  v1::OutputChunk chunk = Chunk(2, "cdefg");
  ASSERT_TRUE(cursor.Accept(&chunk).ok());
  EXPECT_EQ(chunk.data(), "fg");
  EXPECT_EQ(chunk.offset(), 5u);
  EXPECT_EQ(cursor.offset(), 7u);
}

TEST(OutputCursorTest, WhollyRepeatedBecomesEmpty) {
  OutputCursor cursor(10);
  v1::OutputChunk chunk = Chunk(2, "abc");
  ASSERT_TRUE(cursor.Accept(&chunk).ok());
  EXPECT_TRUE(chunk.data().empty());
  EXPECT_EQ(cursor.offset(), 10u);
}

TEST(OutputCursorTest, GapIsDataLoss) {
  OutputCursor cursor(5);
  v1::OutputChunk chunk = Chunk(6, "x");
  EXPECT_EQ(cursor.Accept(&chunk).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(cursor.offset(), 5u);
}

}  // namespace
}  // namespace proctor
