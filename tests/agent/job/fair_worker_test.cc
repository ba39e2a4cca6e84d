#include "agent/job/fair_worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace proctor {
namespace {

using ::testing::ElementsAre;

class FairWorkerTest : public ::testing::Test {
 protected:
  // Nothing runs until Open.
  FairWorkerTest() {
    queue_.Add("gate", [this] {
      gate_.get_future().wait();
      return false;
    });
  }
  void Open() { gate_.set_value(); }

  // Work of so many pieces, each of which is written down as `name`.
  void Add(const std::string& user, const std::string& name, int pieces) {
    queue_.Add(user, [this, name, left = std::make_shared<int>(pieces)] {
      done_.push_back(name);
      return --*left > 0;
    });
  }

  // Waits until what has been added is done.
  void AwaitAll(int pieces) {
    std::promise<void> end;
    queue_.Add("end", [this, &end, pieces] {
      if (static_cast<int>(done_.size()) < pieces) return true;
      end.set_value();
      return false;
    });
    end.get_future().wait();
  }

  std::promise<void> gate_;
  std::vector<std::string> done_;  // Of the queue's thread.
  FairWorker queue_{FairWorker::Pace::kHalfOfTheTime};
};

TEST_F(FairWorkerTest, EachUserHasATurnHoweverMuchAnotherWants) {
  Add("alice", "a1", 3);
  Add("alice", "a2", 3);
  Add("bob", "b", 2);
  Open();
  AwaitAll(8);
  EXPECT_THAT(done_, ElementsAre("a1", "b", "a2", "b", "a1", "a2", "a1", "a2"));
}

TEST_F(FairWorkerTest, WhatIsNotDoneAtTheEndNeverIs) {
  auto work = std::make_shared<int>(0);
  {
    FairWorker queue(FairWorker::Pace::kHalfOfTheTime);
    queue.Add("alice", [work] { return true; });
  }
  EXPECT_EQ(work.use_count(), 1);
  Open();
}

}  // namespace
}  // namespace proctor
