// What a thousand jobs leave behind in the two programs, which is nothing.

#include <thread>

#include "tests/conformance/conformance_test.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

class EnduranceTest : public ConformanceTest {
 protected:
  // Launches and waits, `count` times, four at a time; then deletes the records.
  void LaunchMany(int count) {
    constexpr int kThreads = 4;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.push_back(Begin([this, t, count] {
        for (int i = t; i < count; i += kThreads) {
          const v1::LaunchResponse job = Launch(client(), Spec("exit_with", {"1"}));
          EXPECT_EQ(WaitFinal(client(), job.job_id()).exit_code(), 1);
          v1::DeleteJobRequest remove;
          remove.set_job_id(job.job_id());
          Must(client().DeleteJob(remove));
        }
      }));
    }
    for (std::thread& thread : threads) thread.join();
  }

  // That the process has no more handles than `before`, or soon will; `slack` is for threads and
  // connections that come and go.
  static void ExpectNoMore(int64_t pid, size_t before, const char* program) {
    constexpr size_t kSlack = 20;
    EXPECT_GT(before, 0u);
    EXPECT_TRUE(Eventually([&] { return CountHandles(pid) <= before + kSlack; }))
        << program << " had " << before << " handles and has " << CountHandles(pid);
  }
};

TEST_F(EnduranceTest, AThousandLaunchesLeakNoHandle) {
  LaunchMany(50);  // Until everything that is made once has been made.
  const int64_t host = agent().host_pid();
  const size_t agent_before = CountHandles(agent().pid());
  const size_t host_before = CountHandles(host);
  LaunchMany(1000);
  ExpectNoMore(agent().pid(), agent_before, "proctord");
  ExpectNoMore(host, host_before, "proctor-jobhost");
}

}  // namespace
}  // namespace proctor
