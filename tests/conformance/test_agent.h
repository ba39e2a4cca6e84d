#ifndef PROCTOR_TESTS_CONFORMANCE_TEST_AGENT_H_
#define PROCTOR_TESTS_CONFORMANCE_TEST_AGENT_H_

#include <cstdint>
#include <memory>
#include <string>

namespace proctor {

// The real proctord and its job host on a directory of their own. The destructor ends both and
// fails the test when a process is left.
class TestAgent {
 public:
  TestAgent();
  ~TestAgent();
  TestAgent(const TestAgent&) = delete;
  TestAgent& operator=(const TestAgent&) = delete;

  // Starts proctord and waits until it answers; on the state that a former one has left.
  void Start();
  // Asks proctord to end, as who upgrades it does (SIGTERM, Ctrl-Break), and waits until it has.
  void Stop();
  // End one of them at once and without asking: SIGKILL, TerminateProcess.
  void Kill();
  void KillHost();

  int64_t pid() const;
  // Of the job host that runs now; waits until there is one.
  int64_t host_pid() const;
  // Grows with every connection of a caller to the proctord that runs now.
  size_t CountConnections() const;
  // For clients.
  const std::string& target() const;

  // Below a directory that jobs may write.
  std::string File(const std::string& name) const;
  // A program of tests/programs.
  std::string Program(const std::string& name) const;
  // The `proctor` command.
  static std::string Command();
  std::string spool_directory() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

// Descriptors or handles that the process has open; 0 when that cannot be told.
size_t CountHandles(int64_t pid);

}  // namespace proctor

#endif  // PROCTOR_TESTS_CONFORMANCE_TEST_AGENT_H_
