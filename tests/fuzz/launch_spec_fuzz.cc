#include "tests/fuzz/launch_spec_fuzz.h"

#include <cstdlib>

#include "agent/job/field_error.h"
#include "agent/job/launch_spec.h"
#include "agent/job/spec_identity.h"

namespace proctor {
namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

void FuzzLaunchSpec(const uint8_t* data, size_t size) {
  v1::LaunchSpec spec;
  if (!spec.ParseFromArray(data, static_cast<int>(size))) return;
  const absl::Status valid = ValidateLaunchSpec(spec, SpecLimits());
  if (valid.ok()) {
    Check(spec.argv_size() + spec.byte_strings().argv_size() > 0);
  } else {
    Check(valid.code() == absl::StatusCode::kInvalidArgument);
    Check(!GetErrorField(valid).value_or("").empty());
  }
  const SpecIdentity identity = IdentifySpec(spec, "a key");
  Check(SameSpec(identity, IdentifySpec(spec, "a key")));
  Check(identity.public_spec.standard_input().data().empty());
  for (const auto& variable : identity.public_spec.environment().variables()) {
    Check(variable.second.empty());
  }
}

}  // namespace proctor
