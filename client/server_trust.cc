#include "client/server_trust.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/certificate_authority.h"

namespace proctor {

absl::Status ServerTrust::CheckConnection(absl::string_view certificate_pem,
                                          absl::string_view chain_pem) {
  MutexLock lock(&mutex_);
  last_error_ = Check(certificate_pem, chain_pem);
  return last_error_;
}

absl::Status ServerTrust::Check(absl::string_view certificate_pem, absl::string_view chain_pem) {
  if (state_ != State::kUnseen && certificate_pem == accepted_pem_) return absl::OkStatus();
  absl::StatusOr<CertificateHashes> seen = HashCertificate(certificate_pem);
  if (!seen.ok()) {
    return absl::UnauthenticatedError(
        absl::StrCat("the server's certificate cannot be used: ", seen.status().message()));
  }
  const std::string& expected = state_ == State::kUnseen ? policy_.pin : hashes_.sha256;
  if (!expected.empty() && seen->sha256 != expected) {
    changed_ = state_ != State::kUnseen;
    return absl::UnauthenticatedError(absl::StrCat(
        "the server is not the agent: its certificate has SHA-256 ",
        absl::BytesToHexString(seen->sha256), ", not ", absl::BytesToHexString(expected)));
  }
  if (!policy_.ca_pem.empty()) {
    absl::Status issued = VerifyIssued(std::string(chain_pem), policy_.ca_pem, policy_.host);
    if (!issued.ok()) return issued;
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
  if (absl::Status same = Check(certificate_pem, certificate_pem); !same.ok()) return same;
  if (is_authenticate || state_ == State::kProven) return absl::OkStatus();
  return absl::UnauthenticatedError("the server has not proved yet that it is the agent");
}

void ServerTrust::Prove() {
  MutexLock lock(&mutex_);
  if (state_ == State::kUnproven) state_ = State::kProven;
}

bool ServerTrust::proven() const {
  MutexLock lock(&mutex_);
  return state_ == State::kProven;
}

absl::StatusOr<std::string> ServerTrust::binding() const {
  MutexLock lock(&mutex_);
  if (state_ == State::kUnseen) return absl::FailedPreconditionError("not connected yet");
  return hashes_.end_point;
}

absl::StatusOr<std::string> ServerTrust::certificate_sha256() const {
  MutexLock lock(&mutex_);
  if (state_ == State::kUnseen) return absl::FailedPreconditionError("not connected yet");
  return hashes_.sha256;
}

bool ServerTrust::certificate_changed() const {
  MutexLock lock(&mutex_);
  return changed_;
}

absl::Status ServerTrust::last_error() const {
  MutexLock lock(&mutex_);
  return last_error_;
}

}  // namespace proctor
