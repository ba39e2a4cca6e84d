#include "common/win32/message_pipe.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr size_t kReadBytes = 64 << 10;
constexpr size_t kHeaderBytes = 4;

void AppendHeader(size_t length, std::string* out) {
  for (size_t i = 0; i < kHeaderBytes; ++i) out->push_back(static_cast<char>(length >> (8 * i)));
}

size_t ReadHeader(absl::string_view bytes) {
  size_t length = 0;
  for (size_t i = 0; i < kHeaderBytes; ++i) {
    length |= static_cast<size_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return length;
}

UniqueHandle NewEvent(bool manual_reset) {
  return UniqueHandle(::CreateEventW(nullptr, manual_reset, FALSE, nullptr));
}

}  // namespace

absl::StatusOr<UniqueHandle> MessagePipe::Connect(absl::string_view name, absl::Duration timeout) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(name);
  if (!wide.ok()) return wide.status();
  const absl::Duration deadline = Clock::Real()->Monotonic() + timeout;
  while (true) {
    UniqueHandle pipe(::CreateFileW(
        wide->c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
        FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr));
    if (pipe.valid()) return pipe;
    const DWORD error = ::GetLastError();
    const absl::Duration left = deadline - Clock::Real()->Monotonic();
    if (error != ERROR_PIPE_BUSY || left <= absl::ZeroDuration()) {
      return OsErrorStatus("CreateFileW", static_cast<int>(error), name);
    }
    // 0 would mean the server's default.
    const int64_t wait_ms = std::clamp<int64_t>(absl::ToInt64Milliseconds(left), 1, 1000);
    ::WaitNamedPipeW(wide->c_str(), static_cast<DWORD>(wait_ms));
  }
}

MessagePipe::MessagePipe(UniqueHandle pipe) : pipe_(std::move(pipe)), wake_(NewEvent(false)) {}

MessagePipe::~MessagePipe() {
  Close();
  Join();
}

void MessagePipe::Join() {
  if (thread_.joinable()) thread_.join();
}

absl::Status MessagePipe::Start(Callbacks callbacks) {
  read_.event = NewEvent(true);
  write_.event = NewEvent(true);
  if (!wake_.valid() || !read_.event.valid() || !write_.event.valid()) {
    return LastErrorStatus("CreateEventW");
  }
  callbacks_ = std::move(callbacks);
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

absl::Status MessagePipe::Send(absl::string_view message) {
  if (message.size() > kMaxMessageBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a message of ", message.size(), " bytes is too long"));
  }
  MutexLock lock(&mutex_);
  if (ended_ || ending_ != Ending::kNo) return absl::UnavailableError("the pipe has ended");
  const bool first = unsent_.empty();
  AppendHeader(message.size(), &unsent_);
  unsent_.append(message.data(), message.size());
  if (first) ::SetEvent(wake_.get());
  return absl::OkStatus();
}

size_t MessagePipe::unsent_bytes() const {
  MutexLock lock(&mutex_);
  return unsent_.size() + writing_bytes_;
}

void MessagePipe::Close() {
  MutexLock lock(&mutex_);
  ending_ = Ending::kNow;
  ::SetEvent(wake_.get());
}

void MessagePipe::DrainAndClose() {
  {
    MutexLock lock(&mutex_);
    if (ending_ == Ending::kNo) ending_ = Ending::kDrain;
    ::SetEvent(wake_.get());
  }
  Join();
}

MessagePipe::Ending MessagePipe::ending() const {
  MutexLock lock(&mutex_);
  return ending_;
}

void MessagePipe::Run() {
  absl::Status reason = Serve();
  if (absl::IsCancelled(reason)) reason = absl::OkStatus();
  // The system may write into the buffers until their operations have ended.
  Abort(&read_);
  Abort(&write_);
  {
    MutexLock lock(&mutex_);
    ended_ = true;
    unsent_.clear();
    writing_bytes_ = 0;
  }
  if (callbacks_.on_end) callbacks_.on_end(reason);
}

absl::Status MessagePipe::Serve() {
  absl::Status status = BeginRead();
  bool cancelled = false;
  while (status.ok()) {
    const Ending end = ending();
    if (end == Ending::kNow) return absl::CancelledError();
    if (end == Ending::kDrain && !cancelled) {
      // A read that waits has nothing to bring; one that ended meanwhile keeps what it has.
      cancelled = true;
      ::CancelIoEx(pipe_.get(), &read_.overlapped);
    }
    if (!write_.pending && end == Ending::kNo) status = BeginWrite();
    if (!status.ok()) break;
    HANDLE events[3] = {wake_.get(), read_.event.get(), write_.event.get()};
    const DWORD count = write_.pending ? 3 : 2;
    const DWORD which = ::WaitForMultipleObjects(count, events, FALSE, INFINITE);
    if (which == WAIT_FAILED) return LastErrorStatus("WaitForMultipleObjects");
    if (which == WAIT_OBJECT_0 + 1) status = EndRead(end);
    if (which == WAIT_OBJECT_0 + 2) status = EndWrite();
  }
  return status;
}

absl::Status MessagePipe::BeginRead() {
  read_.buffer.resize(kReadBytes);
  read_.overlapped = {};
  read_.overlapped.hEvent = read_.event.get();
  if (!::ReadFile(pipe_.get(), read_.buffer.data(), kReadBytes, nullptr, &read_.overlapped) &&
      ::GetLastError() != ERROR_IO_PENDING) {
    return LastErrorStatus("ReadFile");
  }
  read_.pending = true;
  return absl::OkStatus();
}

absl::Status MessagePipe::EndRead(Ending end) {
  read_.pending = false;
  DWORD bytes = 0;
  if (!::GetOverlappedResult(pipe_.get(), &read_.overlapped, &bytes, TRUE) &&
      (end != Ending::kDrain || ::GetLastError() != ERROR_OPERATION_ABORTED)) {
    return LastErrorStatus("ReadFile");
  }
  const absl::Status handed_out = HandOut(absl::string_view(read_.buffer.data(), bytes));
  if (!handed_out.ok()) return handed_out;
  if (end == Ending::kDrain) {
    DWORD available = 0;
    const bool peeked =
        ::PeekNamedPipe(pipe_.get(), nullptr, 0, nullptr, &available, nullptr) != FALSE;
    if (!peeked || available == 0) return absl::CancelledError();
  }
  return BeginRead();
}

absl::Status MessagePipe::HandOut(absl::string_view bytes) {
  received_.append(bytes.data(), bytes.size());
  size_t done = 0;
  while (received_.size() - done >= kHeaderBytes) {
    const size_t length = ReadHeader(absl::string_view(received_).substr(done));
    if (length > kMaxMessageBytes) {
      return absl::DataLossError(absl::StrCat("a message of ", length, " bytes is announced"));
    }
    if (received_.size() - done - kHeaderBytes < length) break;
    callbacks_.on_message(received_.substr(done + kHeaderBytes, length));
    done += kHeaderBytes + length;
    if (ending() == Ending::kNow) return absl::CancelledError();
  }
  received_.erase(0, done);
  return absl::OkStatus();
}

absl::Status MessagePipe::BeginWrite() {
  {
    MutexLock lock(&mutex_);
    if (unsent_.empty()) return absl::OkStatus();
    write_.buffer.clear();
    write_.buffer.swap(unsent_);
    writing_bytes_ = write_.buffer.size();
  }
  write_.overlapped = {};
  write_.overlapped.hEvent = write_.event.get();
  if (!::WriteFile(pipe_.get(), write_.buffer.data(), static_cast<DWORD>(write_.buffer.size()),
                   nullptr, &write_.overlapped) &&
      ::GetLastError() != ERROR_IO_PENDING) {
    return LastErrorStatus("WriteFile");
  }
  write_.pending = true;
  return absl::OkStatus();
}

absl::Status MessagePipe::EndWrite() {
  write_.pending = false;
  DWORD bytes = 0;
  if (!::GetOverlappedResult(pipe_.get(), &write_.overlapped, &bytes, TRUE)) {
    return LastErrorStatus("WriteFile");
  }
  bool all_sent;
  {
    MutexLock lock(&mutex_);
    // Until all of a write is taken it does not end, so nothing is left of it.
    writing_bytes_ = 0;
    all_sent = unsent_.empty();
  }
  if (all_sent && callbacks_.on_sent) callbacks_.on_sent();
  return absl::OkStatus();
}

void MessagePipe::Abort(Transfer* transfer) {
  if (!transfer->pending) return;
  ::CancelIoEx(pipe_.get(), &transfer->overlapped);
  DWORD unused;
  ::GetOverlappedResult(pipe_.get(), &transfer->overlapped, &unused, TRUE);
  transfer->pending = false;
}

}  // namespace proctor
