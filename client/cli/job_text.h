#ifndef PROCTOR_CLIENT_CLI_JOB_TEXT_H_
#define PROCTOR_CLIENT_CLI_JOB_TEXT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/style.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "proctor/v1/agent.pb.h"
#include "proctor/v1/job.pb.h"
#include "proctor/v1/token_stage.pb.h"

namespace proctor::cli {

// A name and what stands beside it, for lists of such lines.
using Fields = std::vector<std::pair<std::string, std::string>>;

// One field a line, the values aligned, indented by two.
std::string FieldsText(const Fields& fields, const Style& style);

// The words as a shell would need them: quoted only where necessary, control characters visible.
std::string CommandText(const v1::LaunchSpec& spec);
std::string QuoteWord(absl::string_view word);

// "running", "finished"; coloured.
std::string StateText(v1::JobState state, const Style& style);

// "exit 0", "SIGSEGV (core dumped)", "killed (SIGTERM)", "timed out (SIGKILL)", "not started:
// ENOENT".
std::string ResultText(const v1::ExitRecord& exit, const Style& style);

// "alice", or "uid 1001" for an account without a name.
std::string PrincipalName(const v1::Principal& principal);
// "alice (uid 1001, gid 1001, groups 4 27)".
std::string PrincipalText(const v1::Principal& principal);

std::string ContainmentText(v1::Containment containment);

// "exited 0 after 12ms, cpu 3ms user + 1ms system, 1.2 MiB peak".
std::string ExitSummary(const v1::ExitRecord& exit);

// The whole record, times told relative to `now`.
Fields ExitFields(const v1::ExitRecord& exit, absl::Time now, const Style& style);

// The spec, what was left at its default left out.
Fields SpecFields(const v1::LaunchSpec& spec);

// The pipeline as a table. `width` as in Table::Render.
std::string StagesText(const google::protobuf::RepeatedPtrField<v1::StageReport>& stages,
                       size_t width, const Style& style);

// What became of a launch: the job, its pid, the stages it went through.
std::string LaunchedText(const v1::LaunchResponse& launched, size_t width, const Style& style);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_JOB_TEXT_H_
