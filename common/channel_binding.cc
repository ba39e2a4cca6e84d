#include "common/channel_binding.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

struct FreeX509 {
  void operator()(X509* x) const { X509_free(x); }
};
struct FreeBio {
  void operator()(BIO* b) const { BIO_free(b); }
};

absl::StatusOr<std::string> Digest(const X509& certificate, const EVP_MD* hash) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(&certificate, hash, bytes, &size) != 1) {
    return absl::InternalError("X509_digest failed");
  }
  return std::string(reinterpret_cast<char*>(bytes), size);
}

absl::StatusOr<const EVP_MD*> EndPointHash(X509* certificate) {
  int hash = NID_undef;
  X509_get_signature_info(certificate, &hash, nullptr, nullptr, nullptr);
  if (hash == NID_md5 || hash == NID_sha1) return EVP_sha256();
  const EVP_MD* found = hash == NID_undef ? nullptr : EVP_get_digestbynid(hash);
  if (found == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the certificate is signed with ", OBJ_nid2ln(X509_get_signature_nid(certificate)),
        ", for which RFC 5929 defines no tls-server-end-point binding"));
  }
  return found;
}

}  // namespace

absl::StatusOr<CertificateHashes> HashCertificate(absl::string_view pem) {
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<X509, FreeX509> certificate(
      bio == nullptr ? nullptr : PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (certificate == nullptr) return absl::InvalidArgumentError("not a certificate in PEM");
  const absl::StatusOr<const EVP_MD*> hash = EndPointHash(certificate.get());
  if (!hash.ok()) return hash.status();
  absl::StatusOr<std::string> sha256 = Digest(*certificate, EVP_sha256());
  if (!sha256.ok()) return sha256.status();
  absl::StatusOr<std::string> end_point = Digest(*certificate, *hash);
  if (!end_point.ok()) return end_point.status();
  return CertificateHashes{*std::move(sha256), *std::move(end_point)};
}

}  // namespace proctor
