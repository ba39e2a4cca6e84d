#include "common/openssl_configuration.h"

#include <openssl/crypto.h>

#include <cstdlib>

namespace proctor {

// The first call decides: whatever asks for the configuration later gets none
// (OPENSSL_init_crypto(3)). The build option no-autoload-config is no substitute, since OpenSSL 3
// ignores it when libssl initialises.
void IgnoreOpensslConfiguration() {
  if (::OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1) std::abort();
}

}  // namespace proctor
