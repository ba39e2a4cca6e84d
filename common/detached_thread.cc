#include "common/detached_thread.h"

#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace proctor {

void StartDetachedThread(std::function<void()> work) {
  // The work begins when the thread has been detached, so that it cannot end before.
  const auto detached = std::make_shared<std::promise<void>>();
  std::thread([detached, began = detached->get_future(), work = std::move(work)]() mutable {
    began.wait();
    std::exchange(work, nullptr)();
  }).detach();
  detached->set_value();
}

}  // namespace proctor
