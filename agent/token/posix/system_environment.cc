#include "agent/token/posix/system_environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/unique_fd.h"

namespace proctor {
namespace {

constexpr absl::Duration kFresh = absl::Seconds(10);
constexpr size_t kMaxFileBytes = 64 * 1024;

// Empty when there is nothing that may be read. A FIFO in the file's place must not block.
std::string ReadFile(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat info;
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return "";
  std::string text(kMaxFileBytes + 1, '\0');
  const ssize_t size = ::read(fd.get(), text.data(), text.size());
  if (size < 0 || static_cast<size_t>(size) > kMaxFileBytes) return "";
  text.resize(static_cast<size_t>(size));
  return text;
}

bool IsNameByte(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// pam_env takes a quote off at the start and another at the end, whether they match or not.
absl::string_view Unquoted(absl::string_view value) {
  const auto is_quote = [](char c) { return c == '"' || c == '\''; };
  if (value.empty() || !is_quote(value.front())) return value;
  value.remove_prefix(1);
  if (!value.empty() && is_quote(value.back())) value.remove_suffix(1);
  return value;
}

}  // namespace

VariableMap ParseEnvironmentFile(absl::string_view text) {
  VariableMap variables;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    if (absl::ConsumePrefix(&line, "export ")) line = absl::StripLeadingAsciiWhitespace(line);
    const size_t equals = line.find('=');
    if (equals == absl::string_view::npos || equals == 0) continue;
    const absl::string_view name = line.substr(0, equals);
    if (!std::all_of(name.begin(), name.end(), IsNameByte) || absl::StrContains(line, '\0')) {
      continue;
    }
    variables[std::string(name)] = std::string(Unquoted(line.substr(equals + 1)));
  }
  return variables;
}

SystemEnvironment::SystemEnvironment(std::vector<std::string> paths, const Clock* clock)
    : paths_(std::move(paths)), clock_(clock) {}

std::shared_ptr<const VariableMap> SystemEnvironment::Read() {
  MutexLock lock(&mutex_);
  const absl::Duration now = clock_->Monotonic();
  if (variables_ != nullptr && now - read_at_ <= kFresh) return variables_;
  auto variables = std::make_shared<VariableMap>();
  for (const std::string& path : paths_) {
    for (auto& [name, value] : ParseEnvironmentFile(ReadFile(path))) (*variables)[name] = value;
  }
  variables_ = std::move(variables);
  read_at_ = now;
  return variables_;
}

}  // namespace proctor
