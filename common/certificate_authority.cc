#include "common/certificate_authority.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;

std::vector<X509Ptr> ReadAll(const std::string& pem) {
  const std::unique_ptr<BIO, Deleter<BIO_free>> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<X509Ptr> certificates;
  while (bio != nullptr) {
    X509Ptr next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (next == nullptr) break;
    certificates.push_back(std::move(next));
  }
  ERR_clear_error();  // The end is one, too.
  return certificates;
}

}  // namespace

absl::Status VerifyIssued(const std::string& chain_pem, const std::string& authorities_pem,
                          const std::string& host) {
  const std::vector<X509Ptr> chain = ReadAll(chain_pem);
  const std::vector<X509Ptr> authorities = ReadAll(authorities_pem);
  if (chain.empty() || authorities.empty() || host.empty()) {
    return absl::InvalidArgumentError("no certificate, no authority or no name to verify");
  }
  const std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>> store(X509_STORE_new());
  const std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
  // Owns none of its certificates.
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> others(
      sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
  bool ready = store != nullptr && context != nullptr && others != nullptr;
  for (const X509Ptr& authority : authorities) {
    ready = ready && X509_STORE_add_cert(store.get(), authority.get()) == 1;
  }
  for (const X509Ptr& certificate : chain) {
    ready = ready && sk_X509_push(others.get(), certificate.get()) > 0;
  }
  if (!ready ||
      X509_STORE_CTX_init(context.get(), store.get(), chain[0].get(), others.get()) != 1) {
    ERR_clear_error();
    return absl::InternalError("X509_STORE_CTX_init failed");
  }
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) != 1) {
    X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size());
  }
  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (verified) return absl::OkStatus();
  return absl::UnauthenticatedError(
      absl::StrCat("no authority vouches for the server's certificate as that of ", host, ": ",
                   X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))));
}

}  // namespace proctor
