#ifndef PROCTOR_AGENT_JOB_JOURNAL_ENTRY_H_
#define PROCTOR_AGENT_JOB_JOURNAL_ENTRY_H_

#include <cstdint>
#include <string>

#include "agent/job/job_record.h"

namespace proctor {

// What the journal holds of one job.
struct JournalEntry {
  std::string job_id;
  std::string owner;       // Principal::key().
  std::string request_id;  // Empty: the launch is not repeatable.
  std::string host_life;   // The job host that the job was sent to.
  std::string boot_id;     // Of the machine then; another one now means that the job is lost.
  std::string job;         // Serialised proctor.v1.Job; its spec holds no secrets (SpecIdentity).
  LargeStrings strings;    // To be written behind `job`; what is loaded is in one part.
  std::string secret_digest;
  std::string grants;           // Serialised v1::AccessList, by uid and gid or by SID.
  bool final = false;           // The record will not change any more.
  int64_t expires_unix_ns = 0;  // When the record is to be deleted; 0: not known yet.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOURNAL_ENTRY_H_
