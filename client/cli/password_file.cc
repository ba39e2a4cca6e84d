#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/cli/password_prompt.h"
#include "client/cli/standard_streams.h"
#include "common/erase_secret.h"

namespace proctor::cli {
namespace {

constexpr uint64_t kMaxBytes = 64 << 10;

}  // namespace

absl::StatusOr<SecretBytes> ReadPasswordFile(const std::string& path) {
  absl::StatusOr<std::string> text = ReadAll(path, kMaxBytes);
  if (!text.ok()) return text.status();
  size_t length = std::min(text->find('\n'), text->size());
  if (length > 0 && (*text)[length - 1] == '\r') --length;
  SecretBytes password(text->substr(0, length));
  EraseSecret(&*text);
  if (password.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " holds no password in its first line"));
  }
  return password;
}

}  // namespace proctor::cli
