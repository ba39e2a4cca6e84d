#include "agent/jobhost/win32/child_pipe.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/jobhost/win32/random_name.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor::jobhost {
namespace {

constexpr DWORD kBufferBytes = 64 << 10;

}  // namespace

absl::StatusOr<ChildPipe> ChildPipe::Create() {
  const absl::StatusOr<std::string> random = RandomName();
  if (!random.ok()) return random.status();
  const absl::StatusOr<std::wstring> name =
      ToUtf16(absl::StrCat("\\\\.\\pipe\\proctor-output-", *random));
  if (!name.ok()) return name.status();
  ChildPipe pipe;
  pipe.reader = UniqueHandle(::CreateNamedPipeW(
      name->c_str(), PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
      PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, kBufferBytes,
      kBufferBytes, 0, nullptr));
  if (!pipe.reader.valid()) return LastErrorStatus("CreateNamedPipeW");
  // FILE_READ_ATTRIBUTES: programs ask what their output is.
  pipe.writer = UniqueHandle(
      ::CreateFileW(name->c_str(), GENERIC_WRITE | FILE_READ_ATTRIBUTES, 0, nullptr, OPEN_EXISTING,
                    FILE_ATTRIBUTE_NORMAL | SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, nullptr));
  if (!pipe.writer.valid()) return LastErrorStatus("CreateFileW", "output pipe");
  return pipe;
}

}  // namespace proctor::jobhost
