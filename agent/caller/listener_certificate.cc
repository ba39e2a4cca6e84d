#include "agent/caller/listener_certificate.h"

#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "common/log.h"

namespace proctor {

ListenerCertificate::ListenerCertificate(ServerCertificate certificate)
    : ListenerCertificate(std::move(certificate), "", "") {}

ListenerCertificate::ListenerCertificate(ServerCertificate certificate,
                                         std::string certificate_path, std::string key_path)
    : certificate_path_(std::move(certificate_path)),
      key_path_(std::move(key_path)),
      bindings_(certificate.hashes().end_point),
      current_(std::make_shared<const ServerCertificate>(std::move(certificate))),
      seen_(Look()) {}

ListenerCertificate::Stamp ListenerCertificate::Look() const {
  Stamp stamp;
  if (certificate_path_.empty()) return stamp;
  std::error_code ignored;  // A file that is not there is one that has changed.
  stamp.certificate_time = std::filesystem::last_write_time(certificate_path_, ignored);
  stamp.key_time = std::filesystem::last_write_time(key_path_, ignored);
  stamp.certificate_size = std::filesystem::file_size(certificate_path_, ignored);
  stamp.key_size = std::filesystem::file_size(key_path_, ignored);
  return stamp;
}

std::shared_ptr<const ServerCertificate> ListenerCertificate::Current() {
  const Stamp now = Look();
  MutexLock lock(&mutex_);
  if (now == seen_) return current_;
  seen_ = now;
  absl::StatusOr<ServerCertificate> loaded = ServerCertificate::Load(certificate_path_, key_path_);
  if (!loaded.ok()) {
    LogError("the certificate was replaced by one that cannot be used: ",
             loaded.status().message());
    return current_;
  }
  current_ = std::make_shared<const ServerCertificate>(*std::move(loaded));
  bindings_.Replace(current_->hashes().end_point);
  LogInfo("the listener's certificate is now the one with SHA-256 ",
          absl::BytesToHexString(current_->hashes().sha256));
  return current_;
}

}  // namespace proctor
