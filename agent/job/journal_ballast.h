#ifndef PROCTOR_AGENT_JOB_JOURNAL_BALLAST_H_
#define PROCTOR_AGENT_JOB_JOURNAL_BALLAST_H_

#include <filesystem>
#include <string>

namespace proctor {

// A mebibyte of disk beside the journal, so that an agent that ended while the disk was full can
// start again: its first writes must not fail, and who waits for jobs waits for that start. One
// thread at a time.
class JournalBallast {
 public:
  explicit JournalBallast(const std::string& journal_path);

  // Makes it whole where the disk has 16 MiB to spare. Costs nothing while it is whole, and is
  // tried once: the next try is after the next GiveUpHalf().
  void Renew();
  // Gives half of what is left back to the disk: there may be more starts before there is space
  // again. False: too little is left.
  bool GiveUpHalf();

 private:
  const std::string journal_path_;
  const std::filesystem::path path_;
  bool due_ = false;  // It is not whole, and making it so was not tried.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOURNAL_BALLAST_H_
