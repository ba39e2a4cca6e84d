#include "agent/config_location.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace proctor {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

// "group[1]" as name and index; -1 without one.
std::pair<std::string, int> NameAndIndex(absl::string_view step) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(step, absl::MaxSplits('[', 1));
  int index = -1;
  if (!absl::SimpleAtoi(absl::StripSuffix(parts.second, "]"), &index)) index = -1;
  return {std::string(parts.first), index};
}

}  // namespace

absl::optional<TextFormat::ParseLocation> LocateField(const TextFormat::ParseInfoTree& tree,
                                                      const Descriptor& type,
                                                      absl::string_view field) {
  absl::optional<TextFormat::ParseLocation> location;
  const TextFormat::ParseInfoTree* at = &tree;
  const Descriptor* message = &type;
  for (const absl::string_view step : absl::StrSplit(field, '.')) {
    if (at == nullptr || message == nullptr) break;
    const auto [name, index] = NameAndIndex(step);
    const FieldDescriptor* found = message->FindFieldByName(name);
    // The tree wants an index exactly for repeated fields.
    if (found == nullptr || found->is_repeated() != (index >= 0)) break;
    const TextFormat::ParseLocation here = at->GetLocation(found, index);
    if (here.line < 0) break;
    location = here;
    message = found->message_type();
    at = message == nullptr ? nullptr : at->GetTreeForNested(found, index);
  }
  return location;
}

}  // namespace proctor
