#ifndef PROCTOR_AGENT_CALLER_WIN32_TICKET_PIPE_H_
#define PROCTOR_AGENT_CALLER_WIN32_TICKET_PIPE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/token/anonymous_caller.h"
#include "common/mutex.h"
#include "common/win32/private_descriptor.h"
#include "common/win32/unique_handle.h"
#include "proctor/v1/local_ticket.pb.h"

namespace proctor {

// The named pipe on which local callers are known: whoever connects is impersonated, the token is
// kept, and a ticket for the TLS listener goes back ("Impersonating a Named Pipe Client", Microsoft
// Learn). Several threads, each with a pipe instance of its own, so that the name never goes away
// between two callers and a slow one holds up no other; the more of them a user holds, the shorter
// its clients may take.
class TicketPipe {
 public:
  // Called on the threads of the pipe, without impersonation.
  using Issue = std::function<absl::StatusOr<v1::LocalTicket>(AnonymousCaller)>;

  // `name`: "\\\\.\\pipe\\proctor-agent". PERMISSION_DENIED when the name is taken by another
  // process, as ERROR_ACCESS_DENIED of the first instance says.
  static absl::StatusOr<std::unique_ptr<TicketPipe>> Start(const std::string& name, Issue issue);
  ~TicketPipe();
  TicketPipe(const TicketPipe&) = delete;
  TicketPipe& operator=(const TicketPipe&) = delete;

 private:
  TicketPipe(std::wstring name, PrivateDescriptor descriptor, UniqueHandle stop, Issue issue);

  absl::StatusOr<UniqueHandle> NewInstance(bool first) const;
  void Serve(UniqueHandle pipe);
  void ServeClient(const UniqueHandle& pipe);
  void Exchange(HANDLE pipe, DWORD patience_ms);

  const std::wstring name_;
  const PrivateDescriptor descriptor_;
  const UniqueHandle stop_;  // A manual-reset event.
  const Issue issue_;
  Mutex mutex_;
  std::map<std::string, int> served_ ABSL_GUARDED_BY(mutex_);  // Clients, by their user's SID.
  std::vector<std::thread> threads_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_WIN32_TICKET_PIPE_H_
