#ifndef PROCTOR_TESTS_CAPABILITIES_POSIX_SHARED_BUILD_H_
#define PROCTOR_TESTS_CAPABILITIES_POSIX_SHARED_BUILD_H_

#include <gtest/gtest.h>

#include <string>

namespace proctor {

// Whether every user may execute the file: it and all directories above it say so. A clone below a
// home directory that is closed to others has no such programs.
bool OthersMayExecute(const std::string& path);

}  // namespace proctor

// First in the body of a test that starts a program of this build as another user.
#define PROCTOR_REQUIRES_SHARED_BUILD()                                  \
  if (::proctor::OthersMayExecute(PROCTOR_BIN_DIR "/proctor-jobhost")) { \
  } else                                                                 \
    GTEST_SKIP() << "needs a build that other users may execute"

#endif  // PROCTOR_TESTS_CAPABILITIES_POSIX_SHARED_BUILD_H_
