#ifndef PROCTOR_AGENT_JOB_JOURNAL_BALLAST_H_
#define PROCTOR_AGENT_JOB_JOURNAL_BALLAST_H_

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"

namespace proctor {

// A mebibyte of disk beside the journal, so that an agent that ended while the disk was full can
// start again: its first writes must not fail, and who waits for jobs waits for that start. One
// thread at a time.
class JournalBallast {
 public:
  // `clock` must outlive the object.
  explicit JournalBallast(const std::string& journal_path, Clock* clock = Clock::Real());

  // Makes it whole where the disk has 16 MiB to spare. Costs nothing while it is whole. A try that
  // fails leaves what there is, and the next is made a minute later at the earliest; the log tells
  // the first.
  void Renew();
  // Gives half of what is left back to the disk, and in the end all: there may be more starts
  // before there is space again. False: nothing is left.
  bool GiveUpHalf();

 private:
  absl::Status MakeWhole() const;

  const std::string journal_path_;
  const std::filesystem::path path_;
  const std::string fresh_path_;  // Of what is to replace it.
  Clock* const clock_;
  bool due_ = false;  // It is not whole.
  bool told_ = false;
  absl::Duration next_try_ = -absl::InfiniteDuration();  // On the monotonic clock.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOURNAL_BALLAST_H_
