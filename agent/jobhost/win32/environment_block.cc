#include "agent/jobhost/win32/environment_block.h"

#include <windows.h>

#include <map>
#include <utility>

#include "common/win32/utf16.h"

namespace proctor::jobhost {
namespace {

// The order of the system's own blocks: by upper-case code units, of no locale.
struct NameLess {
  bool operator()(const std::wstring& left, const std::wstring& right) const {
    return ::CompareStringOrdinal(left.data(), static_cast<int>(left.size()), right.data(),
                                  static_cast<int>(right.size()), TRUE) == CSTR_LESS_THAN;
  }
};

}  // namespace

absl::StatusOr<std::wstring> BuildEnvironmentBlock(
    const google::protobuf::RepeatedPtrField<std::string>& environment) {
  std::map<std::wstring, std::wstring, NameLess> entries;
  for (const std::string& entry : environment) {
    absl::StatusOr<std::wstring> wide = ToUtf16(entry);
    // Values are secrets: no error says them.
    if (!wide.ok() || wide->find(L'\0') != std::wstring::npos) {
      return absl::InvalidArgumentError("an environment entry that is not text");
    }
    // The hidden "=C:=C:\\path" entries have a name that begins with '='.
    const size_t equals = wide->find(L'=', 1);
    if (wide->empty() || equals == std::wstring::npos) {
      return absl::InvalidArgumentError("an environment entry without a name");
    }
    std::wstring name = wide->substr(0, equals);
    entries[std::move(name)] = *std::move(wide);
  }
  std::wstring block;
  for (const auto& [name, entry] : entries) block.append(entry).push_back(L'\0');
  if (entries.empty()) block.push_back(L'\0');
  block.push_back(L'\0');
  return block;
}

}  // namespace proctor::jobhost
