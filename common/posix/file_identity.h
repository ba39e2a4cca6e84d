#ifndef PROCTOR_COMMON_POSIX_FILE_IDENTITY_H_
#define PROCTOR_COMMON_POSIX_FILE_IDENTITY_H_

#include <sys/stat.h>

#include <string>

namespace proctor {

// Which file a name stands for: tells a socket file that is still there from one that was removed
// or replaced.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;  // 0: there is none.

  // Of the file itself, a symbolic link is not followed.
  static FileIdentity Of(const std::string& path) {
    struct stat info;
    if (::lstat(path.c_str(), &info) != 0) return {};
    return {info.st_dev, info.st_ino};
  }
  friend bool operator==(const FileIdentity& a, const FileIdentity& b) {
    return a.inode != 0 && a.device == b.device && a.inode == b.inode;
  }
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_POSIX_FILE_IDENTITY_H_
