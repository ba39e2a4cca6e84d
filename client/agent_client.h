#ifndef PROCTOR_CLIENT_AGENT_CLIENT_H_
#define PROCTOR_CLIENT_AGENT_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "client/call_options.h"
#include "client/client_options.h"
#include "client/delegation_result.h"
#include "client/run_callbacks.h"
#include "client/trust_policy.h"
#include "proctor/v1/agent.pb.h"
#include "proctor/v1/authentication.pb.h"

namespace grpc {
class Channel;
}

namespace proctor {

// Why the server of a TLS connection is taken for the agent.
struct ServerIdentity {
  std::string certificate_sha256;  // 32 bytes.
  // The policy by which it was trusted. With none, the proof in the handshake; that is made in
  // addition to a pin or an authority, too, except by a password.
  TrustPolicy trust;
};

// A connection to one agent. Thread-safe: any number of threads may call at the same time, each
// call blocks its own thread only. All calls of one client share one connection.
//
// Errors are the gRPC status of the call, as an absl::Status of the same code;
// client/failure_detail.h reads what the agent added. Every call but Signal is idempotent and
// repeated on UNAVAILABLE, or when its connection broke, as ClientOptions.retry says (Launch and
// Run: when the spec has a request id, which the client adds): a restart of the agent is not seen.
// When that does not help the call returns UNAVAILABLE; a lost connection is never reported as an
// exit, and CANCELLED only what CallOptions.cancel cancelled.
//
// Sessions are opened on a thread of the client's own, with the credentials of the process: a
// calling thread's impersonation does not count. A call waits for that no longer than its deadline,
// its cancellation and ClientOptions.connect_timeout let it. A library that waits for key
// distribution centres or name servers cannot be interrupted: it is left to end by itself, and
// holds nothing of the client's. While 32 such calls go on in the process no session is opened.
class AgentClient {
 public:
  using Options = ClientOptions;

  // Fails with INVALID_ARGUMENT when the target is malformed, FAILED_PRECONDITION when the target
  // asks for authentication and the options have nothing for it. The connection itself is made by
  // the first call, and so is the session where there is one.
  static absl::StatusOr<std::unique_ptr<AgentClient>> Connect(Options options = Options());

  ~AgentClient();
  AgentClient(const AgentClient&) = delete;
  AgentClient& operator=(const AgentClient&) = delete;

  absl::StatusOr<v1::LaunchResponse> Launch(const v1::LaunchRequest& request,
                                            const CallOptions& options = {});
  absl::StatusOr<v1::WaitResponse> Wait(const v1::WaitRequest& request,
                                        const CallOptions& options = {});
  absl::StatusOr<v1::KillResponse> Kill(const v1::KillRequest& request,
                                        const CallOptions& options = {});
  absl::StatusOr<v1::GetJobResponse> GetJob(const v1::GetJobRequest& request,
                                            const CallOptions& options = {});
  // One page.
  absl::StatusOr<v1::ListJobsResponse> ListJobs(const v1::ListJobsRequest& request,
                                                const CallOptions& options = {});
  // Every job that matches, newest first, page after page; `on_job` returns false to stop. The
  // deadline is that of the whole walk.
  absl::Status ForEachJob(const v1::JobFilter& filter,
                          const std::function<bool(const v1::Job&)>& on_job,
                          const CallOptions& options = {});
  absl::StatusOr<std::vector<v1::Job>> ListAllJobs(const v1::JobFilter& filter = {},
                                                   const CallOptions& options = {});
  // Not repeated: a second delivery would be a second signal.
  absl::StatusOr<v1::SignalResponse> Signal(const v1::SignalRequest& request,
                                            const CallOptions& options = {});
  absl::StatusOr<v1::DeleteJobResponse> DeleteJob(const v1::DeleteJobRequest& request,
                                                  const CallOptions& options = {});
  absl::StatusOr<v1::UpdateJobResponse> UpdateJob(const v1::UpdateJobRequest& request,
                                                  const CallOptions& options = {});
  absl::StatusOr<v1::DescribeAgentResponse> DescribeAgent(const CallOptions& options = {});
  absl::StatusOr<v1::WhoAmIResponse> WhoAmI(const CallOptions& options = {});

  // Launches, streams and returns the final record. A broken stream is taken up again at the bytes
  // reached; over TLS the session is renewed in time while it goes on, where that is possible.
  // DATA_LOSS: the agent skipped output. Cancelling leaves the job to its on_caller_gone.
  absl::StatusOr<v1::ExitRecord> Run(const v1::LaunchSpec& spec, const RunCallbacks& callbacks = {},
                                     const CallOptions& options = {});

  // What a job printed, from request.offset on; resumes a broken stream. `on_chunk` returns false
  // to stop. Returns the last usage the agent told, empty when it told none.
  absl::StatusOr<v1::StreamUsage> ReadOutput(
      const v1::ReadOutputRequest& request,
      const std::function<bool(const v1::OutputChunk&)>& on_chunk, const CallOptions& options = {});

  // Events until `on_event` returns false, starting with one WATCHING. A broken stream is taken up
  // after the last event; OUT_OF_RANGE when the agent no longer holds what followed: list, then
  // watch. After a restart of the agent another WATCHING comes, with the new agent_life, and then
  // what happened from its start on: what it found running is told as started again. What happened
  // in the last moments of the old one may be missing.
  absl::Status WatchJobs(const v1::WatchJobsRequest& request,
                         const std::function<bool(const v1::WatchJobsResponse&)>& on_event,
                         const CallOptions& options = {});

  // For calls of one's own: v1::Agent::NewStub(client->channel()). They belong to the session that
  // the client's last call used; to open a first one, this may block like a call, and null means
  // that it could not be opened. An agent that was started anew may be on another channel: a call
  // on this one that waits until it is connected (wait_for_ready) may wait for nobody.
  std::shared_ptr<grpc::Channel> channel() const;
  // The same, with the reason when it could not be opened. Calls on it carry the session, and are
  // sent only to the server that proved to be the agent, whatever stub they come from.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> AuthenticatedChannel(
      const CallOptions& options = {});

  // What the agent at the other end of a TLS connection was known by in the last session. None on a
  // Unix socket, and before the first session.
  absl::optional<ServerIdentity> server_identity() const;
  // What came of TlsOptions::delegate in the last session. Empty where it was not asked for, and
  // before the first session.
  absl::optional<DelegationResult> delegation() const;

 private:
  class Impl;
  explicit AgentClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_AGENT_CLIENT_H_
