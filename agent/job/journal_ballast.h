#ifndef PROCTOR_AGENT_JOB_JOURNAL_BALLAST_H_
#define PROCTOR_AGENT_JOB_JOURNAL_BALLAST_H_

#include <string>

namespace proctor {

// A mebibyte of disk beside the journal, so that an agent that ended while the disk was full can
// start again: its first writes must not fail, and who waits for jobs waits for that start.

// Makes it where it is missing and the disk has 16 MiB to spare.
void KeepJournalBallast(const std::string& journal_path);
// False: there was none to give up.
bool GiveUpJournalBallast(const std::string& journal_path);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOURNAL_BALLAST_H_
