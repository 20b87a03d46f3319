// A throwaway certificate authority and server certificate, made anew at each start.
#pragma once

#include <memory>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string>

namespace milkrun::sandbox {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCert {
  void operator()(X509* cert) const { X509_free(cert); }
};

struct Identity {
  std::unique_ptr<EVP_PKEY, FreeKey> key;
  std::unique_ptr<X509, FreeCert> cert; // for 127.0.0.1, ::1 and localhost
};

// Writes the CA's certificate (PEM) to `ca_file`; the keys never leave memory. Throws std::runtime_error.
Identity make_identity(const std::string& ca_file);

} // namespace milkrun::sandbox
