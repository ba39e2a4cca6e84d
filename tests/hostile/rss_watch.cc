#include "tests/hostile/rss_watch.h"

#include <signal.h>

#include <algorithm>
#include <chrono>

#include "tests/e2e/process_table.h"

namespace proctor {

RssWatch::RssWatch(pid_t pid, size_t kill_growth)
    : pid_(pid),
      kill_growth_(kill_growth),
      base_(ResidentBytes(pid)),
      thread_([this] { Loop(); }) {}

RssWatch::~RssWatch() {
  stop_ = true;
  thread_.join();
}

size_t RssWatch::Growth() const {
  const size_t now = ResidentBytes(pid_);
  return now > base_ ? now - base_ : 0;
}

void RssWatch::Loop() {
  while (!stop_) {
    const size_t growth = Growth();
    max_growth_ = std::max<size_t>(max_growth_, growth);
    if (growth > kill_growth_ && !killed_) {
      ::kill(pid_, SIGKILL);
      killed_ = true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace proctor
