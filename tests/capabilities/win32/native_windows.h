#ifndef PROCTOR_TESTS_CAPABILITIES_WIN32_NATIVE_WINDOWS_H_
#define PROCTOR_TESTS_CAPABILITIES_WIN32_NATIVE_WINDOWS_H_

#include <gtest/gtest.h>

namespace proctor {

// Wine, not Windows: some of its calls do nothing and say that they did (tests are there to find
// out which).
bool RunsOnWine();

}  // namespace proctor

// First in the body of a test of what only Windows itself does: skips it under Wine and names what
// is missing there. `capability` is a short noun phrase, "job memory limits".
// tools/test_summary.py counts and lists such tests apart from other skipped ones, by these words.
#define PROCTOR_REQUIRES_WINDOWS(capability) \
  if (!::proctor::RunsOnWine()) {            \
  } else                                     \
    GTEST_SKIP() << "native only: " << (capability)

#endif  // PROCTOR_TESTS_CAPABILITIES_WIN32_NATIVE_WINDOWS_H_
