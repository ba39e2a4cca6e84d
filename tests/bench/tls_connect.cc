#include "tests/bench/tls_connect.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

namespace proctor::bench {
namespace {

constexpr unsigned char kHttp2[] = {2, 'h', '2'};

SSL_CTX* Context() {
  static SSL_CTX* const context = [] {
    SSL_CTX* made = ::SSL_CTX_new(TLS_client_method());
    ::SSL_CTX_set_verify(made, SSL_VERIFY_NONE, nullptr);
    ::SSL_CTX_set_alpn_protos(made, kHttp2, sizeof(kHttp2));
    return made;
  }();
  return context;
}

}  // namespace

absl::Status ConnectTls(int port) {
  const std::unique_ptr<BIO, void (*)(BIO*)> bio(::BIO_new_ssl_connect(Context()), ::BIO_free_all);
  if (bio == nullptr) return absl::InternalError("BIO_new_ssl_connect");
  const std::string host = absl::StrCat("127.0.0.1:", port);
  BIO_set_conn_hostname(bio.get(), host.c_str());
  if (BIO_do_connect(bio.get()) != 1 || BIO_do_handshake(bio.get()) != 1) {
    return absl::UnavailableError("no TLS connection to the agent");
  }
  return absl::OkStatus();
}

}  // namespace proctor::bench
