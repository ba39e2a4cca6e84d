#include "agent/rpc/output_tail.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"

namespace proctor {

OutputTail::OutputTail(const SpoolReader* spool, std::string job_id, v1::OutputStream stream,
                       bool spooled, uint64_t offset)
    : spool_(spool),
      job_id_(std::move(job_id)),
      stream_(stream),
      spooled_(spooled),
      offset_(offset) {}

absl::StatusOr<bool> OutputTail::Read(size_t max, v1::OutputChunk* chunk) {
  if (!spooled_) return false;
  if (!file_.exists()) {
    // Made at the first byte, so it may not be there yet.
    absl::StatusOr<SpoolFile> file = spool_->Open(job_id_, standard_error());
    if (!file.ok()) return file.status();
    file_ = *std::move(file);
    if (!file_.exists()) return false;
  }
  absl::StatusOr<std::string> data = file_.Read(offset_, max);
  if (!data.ok()) return data.status();
  if (data->empty()) return false;
  chunk->set_stream(stream_);
  chunk->set_offset(offset_);
  offset_ += data->size();
  chunk->set_data(*std::move(data));
  return true;
}

absl::Status OutputTail::CheckKept(uint64_t kept) const {
  if (!spooled_ || offset_ >= kept) return absl::OkStatus();
  v1::FailureDetail detail;
  detail.set_subject(spool_->PathOf(job_id_, standard_error()));
  detail.set_advice("somebody removed or cut the file; what is missing is lost");
  return WithFailureDetail(
      absl::DataLossError(absl::StrCat("the spool has only ", offset_, " of the ", kept,
                                       " bytes that were kept of the job's ",
                                       standard_error() ? "stderr" : "stdout")),
      detail);
}

bool IsSpooled(const v1::LaunchSpec& spec, v1::OutputStream stream) {
  const v1::OutputTarget& target =
      stream == v1::STDERR ? spec.standard_error() : spec.standard_output();
  return target.target_case() == v1::OutputTarget::TARGET_NOT_SET || target.has_spool();
}

}  // namespace proctor
