#include "agent/caller/win32/ticket_pipe.h"

#include <utility>

#include "agent/caller/win32/pipe_client_token.h"
#include "common/clock.h"
#include "common/erase_secret.h"
#include "common/log.h"
#include "common/win32/last_error.h"
#include "common/win32/overlapped_call.h"
#include "common/win32/pipe_peer.h"
#include "common/win32/token_identity.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr int kInstances = 16;
constexpr DWORD kBufferBytes = 4096;
// For clients that open the pipe and say nothing: only a few of a user may keep an instance long.
constexpr DWORD kClientPatienceMs = 1000;
constexpr DWORD kCrowdPatienceMs = 200;
constexpr int kPatientPerUser = 4;

// Of the process that opened the pipe. Empty when it has ended, or may not be looked at.
std::string ClientSid(const UniqueHandle& pipe) {
  const absl::StatusOr<UniqueHandle> process = PipeClientProcess(pipe);
  if (!process.ok()) return "";
  const absl::StatusOr<TokenIdentity> identity = ReadProcessIdentity(*process);
  return identity.ok() ? identity->user_sid : "";
}

// The system, the administrators and the agent's own user own the pipe; whoever logged on to this
// machine may use it, but not make an instance of it (FILE_CREATE_PIPE_INSTANCE is part of
// GENERIC_WRITE). Those who logged on through ssh or WinRM too, whose tokens have the group
// NETWORK: it is PIPE_REJECT_REMOTE_CLIENTS that keeps other machines away.
absl::StatusOr<PrivateDescriptor> PipeDescriptor() {
  const absl::StatusOr<TokenIdentity> identity = ReadOwnIdentity();
  if (!identity.ok()) return identity.status();
  const absl::StatusOr<std::wstring> own = ToUtf16(identity->user_sid);
  if (!own.ok()) return own.status();
  return PrivateDescriptor::FromSddl(L"O:" + *own + L"D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;" + *own +
                                     L")(A;;0x12019b;;;AU)");
}

absl::Status WriteTicket(HANDLE pipe, HANDLE stop, const v1::LocalTicket& ticket) {
  std::string bytes = ticket.SerializeAsString();
  const auto size = static_cast<uint32_t>(bytes.size());
  std::string framed(reinterpret_cast<const char*>(&size), sizeof(size));  // x86 is little-endian.
  framed.reserve(sizeof(size) + bytes.size());  // No copy is left behind where it was shorter.
  framed += bytes;
  EraseSecret(&bytes);
  OverlappedCall call(pipe, stop);
  absl::Status written = call.Write(framed, kClientPatienceMs);
  EraseSecret(&framed);
  return written;
}

v1::LocalTicket Refusal(const absl::Status& status) {
  v1::LocalTicket ticket;
  ticket.set_error_code(static_cast<int>(status.code()));
  ticket.set_error_message(std::string(status.message()));
  return ticket;
}

}  // namespace

TicketPipe::TicketPipe(std::wstring name, PrivateDescriptor descriptor, UniqueHandle stop,
                       Issue issue)
    : name_(std::move(name)),
      descriptor_(std::move(descriptor)),
      stop_(std::move(stop)),
      issue_(std::move(issue)) {}

absl::StatusOr<std::unique_ptr<TicketPipe>> TicketPipe::Start(const std::string& name,
                                                              Issue issue) {
  absl::StatusOr<std::wstring> wide = ToUtf16(name);
  if (!wide.ok()) return wide.status();
  absl::StatusOr<PrivateDescriptor> descriptor = PipeDescriptor();
  if (!descriptor.ok()) return descriptor.status();
  UniqueHandle stop(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!stop.valid()) return LastErrorStatus("CreateEventW");
  std::unique_ptr<TicketPipe> pipe(
      new TicketPipe(*std::move(wide), *std::move(descriptor), std::move(stop), std::move(issue)));
  std::vector<UniqueHandle> instances;
  for (int i = 0; i < kInstances; ++i) {
    absl::StatusOr<UniqueHandle> instance = pipe->NewInstance(i == 0);
    if (!instance.ok()) return instance.status();
    instances.push_back(*std::move(instance));
  }
  for (UniqueHandle& instance : instances) {
    pipe->threads_.emplace_back(
        [self = pipe.get(), mine = instance.release()] { self->Serve(UniqueHandle(mine)); });
  }
  return pipe;
}

TicketPipe::~TicketPipe() {
  ::SetEvent(stop_.get());
  for (std::thread& thread : threads_) thread.join();
}

absl::StatusOr<UniqueHandle> TicketPipe::NewInstance(bool first) const {
  SECURITY_ATTRIBUTES attributes = descriptor_.attributes();
  UniqueHandle pipe(::CreateNamedPipeW(
      name_.c_str(),
      PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0),
      PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, kInstances,
      kBufferBytes, kBufferBytes, 0, &attributes));
  if (!pipe.valid()) return LastErrorStatus("CreateNamedPipeW", FromUtf16(name_));
  return pipe;
}

void TicketPipe::Serve(UniqueHandle pipe) {
  while (true) {
    OverlappedCall call(pipe.get(), stop_.get());
    const absl::Status connected = call.Connect();
    if (absl::IsCancelled(connected)) return;
    if (connected.ok()) ServeClient(pipe);
    ::DisconnectNamedPipe(pipe.get());
  }
}

void TicketPipe::ServeClient(const UniqueHandle& pipe) {
  const std::string user = ClientSid(pipe);
  int served = 0;
  {
    MutexLock lock(&mutex_);
    served = ++served_[user];
  }
  Exchange(pipe.get(), served <= kPatientPerUser ? kClientPatienceMs : kCrowdPatienceMs);
  MutexLock lock(&mutex_);
  if (--served_[user] == 0) served_.erase(user);
}

void TicketPipe::Exchange(HANDLE pipe, DWORD patience_ms) {
  const absl::Duration begin = Clock::Real()->Monotonic();
  // Impersonation is possible only after the first byte was read (error 1368).
  OverlappedCall call(pipe, stop_.get());
  if (!call.Read(1, patience_ms).ok()) return;
  absl::StatusOr<std::shared_ptr<const Win32Token>> token = PipeClientToken(pipe);
  AnonymousCaller caller;
  caller.authentication.set_mechanism("a named pipe");
  caller.call = "ImpersonateNamedPipeClient, OpenThreadToken, RevertToSelf";
  caller.duration = Clock::Real()->Monotonic() - begin;
  absl::StatusOr<v1::LocalTicket> ticket = absl::InternalError("");
  if (token.ok()) {
    caller.authentication.set_level((*token)->level() < SecurityImpersonation ? v1::IDENTIFICATION
                                                                              : v1::IMPERSONATION);
    v1::NetworkCredentials& credentials = *caller.authentication.mutable_network_credentials();
    credentials.set_kind(v1::NetworkCredentials::LOCAL_SESSION);
    credentials.set_reason("jobs belong to the caller's own logon session on this machine");
    caller.context = *std::move(token);
    ticket = issue_(std::move(caller));
  } else {
    ticket = token.status();
  }
  if (!ticket.ok()) {
    LogRepeated(LogLevel::kWarning, "refused a caller of the pipe", ticket.status().message(),
                "refused a caller of the pipe: ", ticket.status().ToString());
    ticket = Refusal(ticket.status());
  }
  if (!WriteTicket(pipe, stop_.get(), *ticket).ok()) return;
  // The client closes when it has read; disconnecting earlier would take unread bytes away.
  call.Read(1, patience_ms).IgnoreError();
}

}  // namespace proctor
