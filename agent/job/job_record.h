#ifndef PROCTOR_AGENT_JOB_JOB_RECORD_H_
#define PROCTOR_AGENT_JOB_JOB_RECORD_H_

#include <memory>
#include <string>

#include "absl/types/optional.h"
#include "agent/job/job_security.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// Arguments, environment and byte strings of a spec may be megabytes, and nothing changes them. A
// record that has many of them keeps them apart, so that nobody copies, reads or writes them while
// holding the lock of all records: as the bytes of a serialised v1::Job that has nothing else. The
// bytes of a whole job are those of its other part followed by these, since messages that follow
// one another are merged. Null: the record is in one part.
using LargeStrings = std::shared_ptr<const std::string>;

// The first argument, or as much of it as a line of the log takes.
std::string ProgramOf(const v1::LaunchSpec& spec);

// Moves them out of `spec` when they are worth it.
LargeStrings TakeLargeStrings(v1::LaunchSpec* spec);
// Merges them into the job that they were taken from.
void PutLargeStrings(const LargeStrings& strings, v1::Job* job);

// What is kept of a job that has ended, without its large strings and the principals, which its
// security has.
std::string PackJob(v1::Job job);

// A record as it is at one moment. Cheap to take under a lock; read without.
struct JobSnapshot {
  absl::optional<v1::Job> job;  // Of a job that has not ended, without its large strings.
  std::string packed;           // PackJob of one that has.
  std::shared_ptr<const JobSecurity> security;
  LargeStrings strings;

  // Without the large strings.
  v1::Job Small() const;
  v1::Job Whole() const;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_RECORD_H_
