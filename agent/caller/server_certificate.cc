#include "agent/caller/server_certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "agent/caller/private_file.h"

namespace proctor {
namespace {

constexpr int kSerialBits = 127;  // RFC 5280 allows 20 octets, positive.
constexpr long kValidDays = 3650;
// X.520's upper bound of a common name; the whole name is in the subjectAltName.
constexpr size_t kMaxCommonName = 64;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using BignumPtr = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;

absl::Status OpensslError(absl::string_view call) {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof(text));
  ERR_clear_error();
  return absl::InternalError(absl::StrCat(call, ": ", text));
}

absl::Status AddExtension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (extension == nullptr) return OpensslError("X509V3_EXT_conf_nid");
  if (X509_add_ext(certificate, extension.get(), -1) != 1) return OpensslError("X509_add_ext");
  return absl::OkStatus();
}

absl::Status SetSerial(X509* certificate) {
  const BignumPtr serial(BN_new());
  if (serial == nullptr ||
      BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) != 1 ||
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) == nullptr) {
    return OpensslError("BN_rand");
  }
  return absl::OkStatus();
}

// The host's name goes into a configuration value of OpenSSL's, where commas and colons mean
// something.
absl::Status CheckHost(absl::string_view host) {
  if (host.empty() || host.size() > 253) {
    return absl::InvalidArgumentError("the host name of a certificate is 1 to 253 characters long");
  }
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  };
  for (const char c : host) {
    if (!plain(c)) {
      return absl::InvalidArgumentError(absl::StrCat("not a host name: '", host, "'"));
    }
  }
  return absl::OkStatus();
}

absl::Status Describe(X509* certificate, EVP_PKEY* key, const std::string& host, absl::Time now) {
  if (absl::Status serial = SetSerial(certificate); !serial.ok()) return serial;
  time_t from = absl::ToTimeT(now - absl::Hours(24));
  const std::string common_name = host.substr(0, kMaxCommonName);
  X509_NAME* name = X509_get_subject_name(certificate);
  if (X509_set_version(certificate, X509_VERSION_3) != 1 ||
      X509_time_adj_ex(X509_getm_notBefore(certificate), 0, 0, &from) == nullptr ||
      X509_time_adj_ex(X509_getm_notAfter(certificate), kValidDays, 0, &from) == nullptr ||
      X509_set_pubkey(certificate, key) != 1 ||
      X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) != 1 ||
      X509_set_issuer_name(certificate, name) != 1) {
    return OpensslError("X509_set");
  }
  for (const auto& [nid, value] : std::initializer_list<std::pair<int, std::string>>{
           {NID_basic_constraints, "critical,CA:FALSE"},
           {NID_key_usage, "critical,digitalSignature"},
           {NID_ext_key_usage, "serverAuth"},
           {NID_subject_alt_name, "DNS:" + host + ",DNS:localhost,IP:127.0.0.1,IP:::1"}}) {
    if (absl::Status added = AddExtension(certificate, nid, value); !added.ok()) return added;
  }
  return absl::OkStatus();
}

absl::StatusOr<SecretBytes> KeyToPem(EVP_PKEY* key) {
  // Of the secure kind: it overwrites its buffer when it goes.
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return OpensslError("PEM_write_bio_PKCS8PrivateKey");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return SecretBytes(std::string(data, static_cast<size_t>(size)));
}

absl::StatusOr<std::string> CertificateToPem(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || PEM_write_bio_X509(bio.get(), certificate) != 1) {
    return OpensslError("PEM_write_bio_X509");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

BioPtr Reader(absl::string_view pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// Instead of OpenSSL's own, which would ask for the password on the terminal.
int NoPassword(char*, int, int, void*) { return 0; }

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    // NOT_FOUND leads to a new certificate, and key.
    std::error_code ignored;
    if (std::filesystem::symlink_status(path, ignored).type() ==
        std::filesystem::file_type::not_found) {
      return absl::NotFoundError(absl::StrCat(path, ": there is none"));
    }
    return absl::FailedPreconditionError(absl::StrCat(path, ": cannot be read"));
  }
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

absl::StatusOr<ServerCertificate> ServerCertificate::Make(absl::string_view host, absl::Time now) {
  if (absl::Status valid = CheckHost(host); !valid.ok()) return valid;
  const KeyPtr key(EVP_EC_gen("P-256"));
  if (key == nullptr) return OpensslError("EVP_EC_gen");
  const X509Ptr certificate(X509_new());
  if (certificate == nullptr) return OpensslError("X509_new");
  if (absl::Status described = Describe(certificate.get(), key.get(), std::string(host), now);
      !described.ok()) {
    return described;
  }
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) return OpensslError("X509_sign");
  absl::StatusOr<SecretBytes> key_pem = KeyToPem(key.get());
  if (!key_pem.ok()) return key_pem.status();
  absl::StatusOr<std::string> certificate_pem = CertificateToPem(certificate.get());
  if (!certificate_pem.ok()) return certificate_pem.status();
  return FromPem(*std::move(certificate_pem), *std::move(key_pem));
}

absl::StatusOr<ServerCertificate> ServerCertificate::FromPem(std::string certificate_pem,
                                                             SecretBytes key_pem) {
  absl::StatusOr<CertificateHashes> hashes = HashCertificate(certificate_pem);
  if (!hashes.ok()) return hashes.status();
  const X509Ptr certificate(
      PEM_read_bio_X509(Reader(certificate_pem).get(), nullptr, nullptr, nullptr));
  const KeyPtr key(
      PEM_read_bio_PrivateKey(Reader(key_pem.view()).get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return absl::FailedPreconditionError("the key is not a private key in PEM without a password");
  }
  const bool match = X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!match) return absl::FailedPreconditionError("the key is not that of the certificate");
  return ServerCertificate(std::move(certificate_pem), std::move(key_pem), *std::move(hashes));
}

absl::StatusOr<ServerCertificate> ServerCertificate::Load(const std::string& certificate_path,
                                                          const std::string& key_path) {
  absl::StatusOr<std::string> certificate = ReadFile(certificate_path);
  if (!certificate.ok()) return certificate.status();
  absl::StatusOr<SecretBytes> key = ReadPrivateFile(key_path);
  if (!key.ok()) return key.status();
  absl::StatusOr<ServerCertificate> loaded = FromPem(*std::move(certificate), *std::move(key));
  if (loaded.ok()) return loaded;
  return absl::Status(loaded.status().code(), absl::StrCat(certificate_path, " with ", key_path,
                                                           ": ", loaded.status().message()));
}

absl::StatusOr<ServerCertificate> ServerCertificate::LoadOrMake(const std::string& certificate_path,
                                                                const std::string& key_path,
                                                                absl::string_view host,
                                                                absl::Time now) {
  absl::StatusOr<ServerCertificate> loaded = Load(certificate_path, key_path);
  if (loaded.ok() || !absl::IsNotFound(loaded.status())) return loaded;
  absl::StatusOr<ServerCertificate> made = Make(host, now);
  if (!made.ok()) return made;
  // The key first: a certificate on disk has its key.
  absl::Status written = WritePrivateFile(key_path, made->key_pem().view());
  if (written.ok()) written = WritePrivateFile(certificate_path, made->certificate_pem());
  if (!written.ok()) return written;
  return made;
}

}  // namespace proctor
