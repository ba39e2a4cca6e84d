#ifndef PROCTOR_TESTS_AGENT_JOB_LOAD_ALL_H_
#define PROCTOR_TESTS_AGENT_JOB_LOAD_ALL_H_

#include <vector>

#include "agent/job/journal.h"

namespace proctor {

inline absl::StatusOr<std::vector<JournalEntry>> LoadAll(Journal* journal) {
  std::vector<JournalEntry> entries;
  const absl::Status loaded =
      journal->Load([&entries](const JournalEntry& entry) { entries.push_back(entry); });
  if (!loaded.ok()) return loaded;
  return entries;
}

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_JOB_LOAD_ALL_H_
