// As much output as a pipe, a spool file and a stream over the wire carry: whole, byte for byte.

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/conformance/conformance_test.h"
#include "tests/conformance/sha256.h"
#include "tests/e2e/must.h"
#include "tests/e2e/pattern.h"

namespace proctor {
namespace {

// A gigabyte, unless PROCTOR_TEST_OUTPUT_BYTES says otherwise.
uint64_t LargeBytes() {
  const char* const text = std::getenv("PROCTOR_TEST_OUTPUT_BYTES");
  uint64_t bytes = 0;
  if (text != nullptr && absl::SimpleAtoi(text, &bytes)) return bytes;
#if defined(__SANITIZE_ADDRESS__)
  return uint64_t{64} << 20;
#else
  return uint64_t{1} << 30;
#endif
}

std::string PatternDigest(uint64_t bytes) {
  Pattern pattern;
  Sha256 sha;
  std::string block(65536, '\0');
  while (bytes > 0) {
    const size_t size = static_cast<size_t>(std::min<uint64_t>(bytes, block.size()));
    pattern.Fill(block.data(), size);
    sha.Update(absl::string_view(block).substr(0, size));
    bytes -= size;
  }
  return sha.Digest();
}

class LargeOutputTest : public ConformanceTest {
 protected:
  v1::LaunchSpec PatternSpec() {
    v1::LaunchSpec spec = Spec("write_pattern", {absl::StrCat(bytes_)});
    spec.mutable_standard_output()->mutable_spool()->set_limit_bytes(bytes_);
    return spec;
  }

  const uint64_t bytes_ = LargeBytes();
};

TEST_F(LargeOutputTest, AGigabyteThatNobodyReadsIsKeptWhole) {
  const std::string id = Launch(client(), PatternSpec()).job_id();
  v1::WaitRequest wait;
  wait.set_job_id(id);
  wait.set_until(v1::WaitRequest::FINAL);
  const v1::ExitRecord exit = Must(client().Wait(wait)).exit();  // However long it takes.
  EXPECT_EQ(exit.exit_code(), 0);
  EXPECT_EQ(exit.standard_output().bytes_kept(), bytes_);
  EXPECT_EQ(exit.standard_output().bytes_dropped(), 0u);
  Sha256 sha;
  v1::ReadOutputRequest read;
  read.set_job_id(id);
  read.set_stream(v1::STDOUT);
  Must(client()
           .ReadOutput(read,
                       [&sha](const v1::OutputChunk& chunk) {
                         sha.Update(chunk.data());
                         return true;
                       })
           .status());
  EXPECT_TRUE(sha.Digest() == PatternDigest(bytes_)) << "the content differs";
}

TEST_F(LargeOutputTest, AGigabyteArrivesWholeAtAReaderWhileItIsPrinted) {
  Sha256 sha;
  uint64_t expected = 0;
  RunCallbacks callbacks;
  callbacks.on_output = [&](const v1::OutputChunk& chunk) {
    EXPECT_EQ(chunk.offset(), expected);
    expected += chunk.data().size();
    sha.Update(chunk.data());
  };
  const v1::ExitRecord exit = Must(client().Run(PatternSpec(), callbacks));
  EXPECT_EQ(exit.standard_output().bytes_kept(), bytes_);
  EXPECT_EQ(expected, bytes_);
  EXPECT_TRUE(sha.Digest() == PatternDigest(bytes_)) << "the content differs";
}

}  // namespace
}  // namespace proctor
