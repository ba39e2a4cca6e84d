#ifndef PROCTOR_AGENT_JOB_SPEC_IDENTITY_H_
#define PROCTOR_AGENT_JOB_SPEC_IDENTITY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// What makes two launches the same launch, in a form that may be written to disk: the spec without
// what can be secret, and a keyed digest of that and of what UpdateJob may change in the record.
struct SpecIdentity {
  v1::LaunchSpec public_spec;  // See PublicSpec.
  // HMAC-SHA256, 32 bytes. Keyed, so that a journal that leaks does not let anyone try values.
  std::string secret_digest;
};

// `spec` with the values of environment variables empty and without stdin data.
v1::LaunchSpec PublicSpec(const v1::LaunchSpec& spec);

// `key`: the journal's DigestKey().
SpecIdentity IdentifySpec(const v1::LaunchSpec& spec, absl::string_view key);

// Compares messages field by field, not their serialised bytes, whose order is not defined for
// maps. The time taken does not depend on where two digests differ.
bool SameSpec(const SpecIdentity& a, const SpecIdentity& b);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_SPEC_IDENTITY_H_
