#ifndef PROCTOR_AGENT_CONFIG_LOCATION_H_
#define PROCTOR_AGENT_CONFIG_LOCATION_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace proctor {

// Where `field` of a message of `type` ("policy.run_as[0].users.group[1]") stands in the text that
// `tree` was made from, or the innermost message around it that stands there. Lines and columns
// count from 0. Nothing for a field that the text leaves out at the top.
absl::optional<google::protobuf::TextFormat::ParseLocation> LocateField(
    const google::protobuf::TextFormat::ParseInfoTree& tree,
    const google::protobuf::Descriptor& type, absl::string_view field);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CONFIG_LOCATION_H_
