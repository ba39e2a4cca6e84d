#include "common/utf8_path.h"

#include "gtest/gtest.h"

namespace proctor {
namespace {

TEST(Utf8PathTest, ThePathIsTheTextAgain) {
  for (const absl::string_view text : {"", "relative", "dir/\xc3\xa4\xe2\x82\xac", "a b"}) {
    const std::u8string utf8 = Utf8Path(text).generic_u8string();
    EXPECT_EQ(std::string(utf8.begin(), utf8.end()), text);
  }
}

}  // namespace
}  // namespace proctor
