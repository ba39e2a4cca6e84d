#ifndef PROCTOR_COMMON_READABLE_FILE_H_
#define PROCTOR_COMMON_READABLE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace proctor {

// A regular file open for reading, which may go on growing and may be removed meanwhile. Move-only;
// ReadAt may be called from several threads.
class ReadableFile {
 public:
  // Follows no symbolic link. `path` is UTF-8.
  static absl::StatusOr<ReadableFile> Open(const std::string& path);

  ReadableFile(ReadableFile&&) noexcept;
  ReadableFile& operator=(ReadableFile&&) noexcept;
  ~ReadableFile();

  // At most `max` bytes from `offset` on; fewer at the end of the file, none beyond it.
  absl::StatusOr<std::string> ReadAt(uint64_t offset, size_t max) const;

 private:
  struct Native;
  explicit ReadableFile(std::unique_ptr<Native> native);

  std::unique_ptr<Native> native_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_READABLE_FILE_H_
