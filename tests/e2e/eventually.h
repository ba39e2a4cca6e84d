#ifndef PROCTOR_TESTS_E2E_EVENTUALLY_H_
#define PROCTOR_TESTS_E2E_EVENTUALLY_H_

#include <chrono>
#include <functional>
#include <thread>

namespace proctor {

// How long a test waits for what should happen within milliseconds. Generous, since sanitizers and
// a busy machine are slow; a test that passes never waits so long.
inline constexpr std::chrono::seconds kPatience{30};

// Whether `condition` became true within `patience`. For conditions that cannot be waited for in
// the kernel, such as the end of a process that is nobody's child here.
inline bool Eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds patience = kPatience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_EVENTUALLY_H_
