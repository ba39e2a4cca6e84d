#ifndef PROCTOR_TESTS_E2E_MUST_H_
#define PROCTOR_TESTS_E2E_MUST_H_

#include <gtest/gtest.h>

#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace proctor {

// Ends a test, or a RunAs body, that cannot go on. The failure has been recorded.
class CannotGoOn : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[noreturn]] inline void Fail(const std::string& message,
                              std::source_location where = std::source_location::current()) {
  ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line())) << message;
  throw CannotGoOn(message);
}

// The value, or the end of the test.
template <typename T>
T Must(absl::StatusOr<T> value, std::source_location where = std::source_location::current()) {
  if (!value.ok()) Fail(value.status().ToString(), where);
  return *std::move(value);
}

inline void Must(const absl::Status& status,
                 std::source_location where = std::source_location::current()) {
  if (!status.ok()) Fail(status.ToString(), where);
}

inline void Require(bool condition, const std::string& message,
                    std::source_location where = std::source_location::current()) {
  if (!condition) Fail(message, where);
}

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_MUST_H_
