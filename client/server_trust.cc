#include "client/server_trust.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace proctor {

absl::Status ServerTrust::CheckConnection(absl::string_view certificate_pem) {
  MutexLock lock(&mutex_);
  last_error_ = Check(certificate_pem);
  return last_error_;
}

absl::Status ServerTrust::Check(absl::string_view certificate_pem) {
  if (state_ != State::kUnseen && certificate_pem == accepted_pem_) return absl::OkStatus();
  absl::StatusOr<CertificateHashes> seen = HashCertificate(certificate_pem);
  if (!seen.ok()) {
    return absl::UnauthenticatedError(
        absl::StrCat("the server's certificate cannot be used: ", seen.status().message()));
  }
  const std::string& expected = state_ == State::kUnseen ? pin_ : hashes_.sha256;
  if (!expected.empty() && seen->sha256 != expected) {
    return absl::UnauthenticatedError(absl::StrCat(
        "the server is not the agent: its certificate has SHA-256 ",
        absl::BytesToHexString(seen->sha256), ", not ", absl::BytesToHexString(expected)));
  }
  if (state_ == State::kUnseen) {
    state_ = State::kUnproven;
    hashes_ = *std::move(seen);
  }
  accepted_pem_ = std::string(certificate_pem);
  return absl::OkStatus();
}

absl::Status ServerTrust::CheckCall(absl::string_view certificate_pem, bool is_authenticate) {
  MutexLock lock(&mutex_);
  if (absl::Status same = Check(certificate_pem); !same.ok()) return same;
  if (is_authenticate || state_ == State::kProven) return absl::OkStatus();
  return absl::UnauthenticatedError("the server has not proved yet that it is the agent");
}

void ServerTrust::Prove() {
  MutexLock lock(&mutex_);
  if (state_ == State::kUnproven) state_ = State::kProven;
}

absl::StatusOr<std::string> ServerTrust::binding() const {
  MutexLock lock(&mutex_);
  if (state_ == State::kUnseen) return absl::FailedPreconditionError("not connected yet");
  return hashes_.end_point;
}

absl::Status ServerTrust::last_error() const {
  MutexLock lock(&mutex_);
  return last_error_;
}

}  // namespace proctor
