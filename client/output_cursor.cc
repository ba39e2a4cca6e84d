#include "client/output_cursor.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace proctor {

absl::Status OutputCursor::Accept(v1::OutputChunk* chunk) {
  if (chunk->offset() > offset_) {
    return absl::DataLossError(absl::StrCat(v1::OutputStream_Name(chunk->stream()), " bytes ",
                                            offset_, " to ", chunk->offset(),
                                            " were not delivered"));
  }
  const uint64_t repeated = std::min<uint64_t>(offset_ - chunk->offset(), chunk->data().size());
  if (repeated > 0) {
    chunk->mutable_data()->erase(0, repeated);
    chunk->set_offset(chunk->offset() + repeated);
  }
  offset_ += chunk->data().size();
  return absl::OkStatus();
}

}  // namespace proctor
