#ifndef PROCTOR_COMMON_WIN32_MESSAGE_PIPE_H_
#define PROCTOR_COMMON_WIN32_MESSAGE_PIPE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// Messages over a byte-stream named pipe: of each a length of four bytes, little-endian, then the
// bytes. A thread of its own reads and writes, so that nobody waits for the other end. Thread-safe.
class MessagePipe {
 public:
  static constexpr size_t kMaxMessageBytes = 16 << 20;

  // Called on the pipe's thread, without a lock, one at a time. They may call Send and Close.
  struct Callbacks {
    std::function<void(std::string message)> on_message;
    // All that was sent has been taken by the system. May be empty.
    std::function<void()> on_sent;
    // Once, after everything else; OK when this end wanted it. May be empty.
    std::function<void(const absl::Status& reason)> on_end;
  };

  // The client's end of "\\.\pipe\NAME", for the constructor. The server may see who this is but
  // not act as it. NOT_FOUND at once when nobody serves the name; waits for a free instance.
  static absl::StatusOr<UniqueHandle> Connect(absl::string_view name, absl::Duration timeout);

  // An end of a connected pipe, opened for overlapped I/O.
  explicit MessagePipe(UniqueHandle pipe);
  // Ends what is under way, drops what is unsent, waits for the thread. Not in a callback.
  ~MessagePipe();
  MessagePipe(const MessagePipe&) = delete;
  MessagePipe& operator=(const MessagePipe&) = delete;

  // Once.
  absl::Status Start(Callbacks callbacks);
  // Queues the message; never blocks. INVALID_ARGUMENT: too long. UNAVAILABLE: the pipe has ended.
  absl::Status Send(absl::string_view message);
  // Queued and not yet taken by the system.
  size_t unsent_bytes() const;
  // Ends the connection as soon as the thread gets to it. Does not wait.
  void Close();
  // Hands out the messages that have arrived, then ends and waits for that. Not in a callback.
  void DrainAndClose();

  const UniqueHandle& handle() const { return pipe_; }

 private:
  // One direction's operation.
  struct Transfer {
    UniqueHandle event;
    OVERLAPPED overlapped = {};
    bool pending = false;
    std::string buffer;
  };
  enum class Ending { kNo, kDrain, kNow };

  void Run();
  absl::Status Serve();
  absl::Status BeginRead();
  // Takes what was read and begins the next read.
  absl::Status EndRead(Ending ending);
  absl::Status BeginWrite();
  absl::Status EndWrite();
  absl::Status HandOut(absl::string_view bytes);
  void Abort(Transfer* transfer);
  Ending ending() const;
  void Join();

  const UniqueHandle pipe_;
  const UniqueHandle wake_;
  Callbacks callbacks_;
  std::thread thread_;
  // The thread's own.
  Transfer read_;
  Transfer write_;
  std::string received_;  // The beginning of a message.

  mutable Mutex mutex_;
  std::string unsent_ ABSL_GUARDED_BY(mutex_);
  size_t writing_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  Ending ending_ ABSL_GUARDED_BY(mutex_) = Ending::kNo;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_MESSAGE_PIPE_H_
