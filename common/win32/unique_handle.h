#ifndef PROCTOR_COMMON_WIN32_UNIQUE_HANDLE_H_
#define PROCTOR_COMMON_WIN32_UNIQUE_HANDLE_H_

#include <windows.h>

#include <utility>

namespace proctor {

// Owns a kernel object's handle; closes it on destruction. Move-only. NULL and INVALID_HANDLE_VALUE
// are both "empty", since the calls that make handles do not agree on one. Keeps GetLastError().
class UniqueHandle {
 public:
  UniqueHandle() = default;
  explicit UniqueHandle(HANDLE handle) : handle_(Normal(handle)) {}
  UniqueHandle(UniqueHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  UniqueHandle& operator=(UniqueHandle&& other) noexcept {
    if (this != &other) reset(std::exchange(other.handle_, nullptr));
    return *this;
  }
  UniqueHandle(const UniqueHandle&) = delete;
  UniqueHandle& operator=(const UniqueHandle&) = delete;
  ~UniqueHandle() { reset(); }

  HANDLE get() const { return handle_; }
  bool valid() const { return handle_ != nullptr; }
  HANDLE release() { return std::exchange(handle_, nullptr); }
  void reset(HANDLE handle = nullptr) {
    const DWORD error = ::GetLastError();
    if (handle_ != nullptr) ::CloseHandle(handle_);
    handle_ = Normal(handle);
    ::SetLastError(error);
  }
  // For calls that return a handle through a pointer. Must be empty.
  HANDLE* receive() { return &handle_; }

 private:
  static HANDLE Normal(HANDLE handle) { return handle == INVALID_HANDLE_VALUE ? nullptr : handle; }

  HANDLE handle_ = nullptr;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_UNIQUE_HANDLE_H_
