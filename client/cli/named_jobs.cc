#include "client/cli/named_jobs.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/exit_code.h"

namespace proctor::cli {
namespace {

// Of an agent's ids: lower-case Crockford base32.
constexpr size_t kIdLength = 26;
constexpr char kIdCharacters[] = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr size_t kShortestPrefix = 4;
// Of those that one word might mean, as many as a person wants to read.
constexpr size_t kMostCandidates = 8;

bool IsIdPrefix(absl::string_view word) {
  return word.size() >= kShortestPrefix && word.size() < kIdLength &&
         word.find_first_not_of(kIdCharacters) == absl::string_view::npos;
}

}  // namespace

absl::StatusOr<std::string> FindJobId(AgentClient& client, const std::string& word,
                                      const CallOptions& options) {
  // gRPC sends text as UTF-8 only, and says no more than that it could not.
  if (std::any_of(word.begin(), word.end(), [](char c) { return !absl::ascii_isgraph(c); })) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", word, "' is no job's id: `proctor ps --all` shows those of yours"));
  }
  if (!IsIdPrefix(word)) return word;
  std::vector<std::string> found;
  const absl::Status listed = client.ForEachJob(
      v1::JobFilter(),
      [&](const v1::Job& job) {
        if (absl::StartsWith(job.job_id(), word)) found.push_back(job.job_id());
        return found.size() <= kMostCandidates;
      },
      options);
  if (!listed.ok()) return listed;
  if (found.size() == 1) return found[0];
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat("no job has an id that begins with '", word, "'"));
  }
  const bool more = found.size() > kMostCandidates;
  if (more) found.pop_back();
  return absl::InvalidArgumentError(absl::StrCat("several jobs have an id that begins with '", word,
                                                 "': ", absl::StrJoin(found, ", "),
                                                 more ? ", and more" : ""));
}

int ForEachNamedJob(
    Session& session, const std::vector<std::string>& words,
    const std::function<absl::Status(AgentClient& client, const std::string& job_id)>& act) {
  const absl::StatusOr<AgentClient*> client = session.client();
  if (!client.ok()) return session.Fail(client.status(), kExitFailed);
  int code = 0;
  for (const std::string& word : words) {
    const absl::StatusOr<std::string> job_id = FindJobId(**client, word);
    const absl::Status done = job_id.ok() ? act(**client, *job_id) : job_id.status();
    if (!done.ok()) code = session.Fail(done, kExitFailed, job_id.value_or(word));
  }
  return session.Finish(code);
}

}  // namespace proctor::cli
