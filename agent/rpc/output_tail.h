#ifndef PROCTOR_AGENT_RPC_OUTPUT_TAIL_H_
#define PROCTOR_AGENT_RPC_OUTPUT_TAIL_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "agent/job/spool_file.h"
#include "agent/job/spool_reader.h"
#include "proctor/v1/agent.pb.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// A reader's position in one spooled stream. Not thread-safe.
class OutputTail {
 public:
  // `spooled` false: a stream that is not kept reads as empty.
  OutputTail(const SpoolReader* spool, std::string job_id, v1::OutputStream stream, bool spooled,
             uint64_t offset);

  // Fills `chunk` with at most `max` bytes that are there now and moves on. False: nothing more at
  // present.
  absl::StatusOr<bool> Read(size_t max, v1::OutputChunk* chunk);

  // DATA_LOSS when the stream has been read to its end and that comes before `kept`, the bytes that
  // the spool is known to hold. After a Read that returned false.
  absl::Status CheckKept(uint64_t kept) const;

  bool spooled() const { return spooled_; }
  bool standard_error() const { return stream_ == v1::STDERR; }
  uint64_t offset() const { return offset_; }

 private:
  const SpoolReader* const spool_;
  const std::string job_id_;
  const v1::OutputStream stream_;
  const bool spooled_;
  uint64_t offset_;
  SpoolFile file_;
};

// Whether the agent keeps this stream of a job.
bool IsSpooled(const v1::LaunchSpec& spec, v1::OutputStream stream);

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_OUTPUT_TAIL_H_
