#ifndef PROCTOR_TESTS_HOSTILE_FLOOD_H_
#define PROCTOR_TESTS_HOSTILE_FLOOD_H_

#include <chrono>
#include <functional>
#include <string>

namespace proctor {

// What each connection of a flood sends.
struct FloodPattern {
  // Once, after connecting.
  std::string opening;
  // Then this for ever, with 0, 1, 2, … for each connection. An empty string: the connection stays
  // open and says nothing more.
  std::function<std::string(uint32_t round)> next;
  // Whether what the agent sends is read. If not, its answers stay in its buffers.
  bool read = true;
};

// Keeps `connections` connections to `target` (of RawConnection) sending until `until`. One that
// the agent closes, or refuses, is made anew at most every 100 ms. Returns what it did, in words.
std::string RunFlood(const std::string& target, int connections, const FloodPattern& pattern,
                     std::chrono::steady_clock::time_point until);

}  // namespace proctor

#endif  // PROCTOR_TESTS_HOSTILE_FLOOD_H_
