#include "client/tls_options.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/channel_binding.h"
#include "common/hex_bytes.h"

namespace proctor {
namespace {

constexpr size_t kSha256Digits = 64;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

absl::Status InVariable(const char* name, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(name, ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::string> ParsePin(absl::string_view text) {
  const std::string digits = absl::StrReplaceAll(text, {{":", ""}});
  absl::StatusOr<std::string> hash = BytesOfHex(digits);
  if (!hash.ok() || digits.size() != kSha256Digits) {
    return absl::InvalidArgumentError(
        absl::StrCat("not the SHA-256 of a certificate (64 hexadecimal digits): '", text, "'"));
  }
  return hash;
}

absl::StatusOr<std::string> ReadAuthorities(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be opened"));
  std::stringstream text;
  text << file.rdbuf();
  std::string pem = text.str();
  if (const absl::Status read = HashCertificate(pem).status(); absl::IsInvalidArgument(read)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", read.message()));
  }
  return pem;
}

absl::StatusOr<TlsOptions> TlsOptionsOfEnvironment() {
  TlsOptions options;
  options.service_principal = Variable("PROCTOR_SPN");
  options.delegate = Variable("PROCTOR_DELEGATE") == "1";
  options.require_delegation = Variable("PROCTOR_DELEGATE") == "required";
  if (const std::string pin = Variable("PROCTOR_PIN"); !pin.empty()) {
    absl::StatusOr<std::string> parsed = ParsePin(pin);
    if (!parsed.ok()) return InVariable("PROCTOR_PIN", parsed.status());
    options.trust.pin = *std::move(parsed);
  }
  if (const std::string ca = Variable("PROCTOR_CA"); !ca.empty()) {
    absl::StatusOr<std::string> read = ReadAuthorities(ca);
    if (!read.ok()) return InVariable("PROCTOR_CA", read.status());
    options.trust.ca_pem = *std::move(read);
  }
  return options;
}

}  // namespace proctor
