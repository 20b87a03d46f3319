// Makes a P-256 CA and one leaf signed by it with OpenSSL's C API. Valid from yesterday for 30 days.
#include "tls.hpp"

#include <cstdio>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace milkrun::sandbox {

namespace {

void must(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("openssl: ") + what);
}

void extend(X509* cert, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  must(extension != nullptr, value);
  const int added = X509_add_ext(cert, extension, -1);
  X509_EXTENSION_free(extension);
  must(added == 1, value);
}

std::unique_ptr<X509, FreeCert> blank(const char* name, long serial, EVP_PKEY* key) {
  std::unique_ptr<X509, FreeCert> cert(X509_new());
  must(cert != nullptr, "certificate");
  X509_set_version(cert.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -86'400L);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 30 * 86'400L);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  must(X509_set_pubkey(cert.get(), key) == 1, "public key");
  return cert;
}

std::unique_ptr<EVP_PKEY, FreeKey> new_key() {
  std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_EC_gen("P-256"));
  must(key != nullptr, "key");
  return key;
}

void sign(X509* cert, X509* issuer, EVP_PKEY* key) {
  must(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1, "issuer");
  must(X509_sign(cert, key, EVP_sha256()) > 0, "signature");
}

void write_pem(const std::string& path, X509* cert) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  must(file != nullptr, "cannot write the CA file");
  const int written = PEM_write_X509(file, cert);
  must(std::fclose(file) == 0 && written == 1, "cannot write the CA file");
}

} // namespace

Identity make_identity(const std::string& ca_file) {
  const auto ca_key = new_key();
  const auto ca = blank("milkrun sandbox CA", 1, ca_key.get());
  extend(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
  sign(ca.get(), ca.get(), ca_key.get());

  Identity server{.key = new_key(), .cert = nullptr};
  server.cert = blank("127.0.0.1", 2, server.key.get());
  extend(server.cert.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE");
  extend(server.cert.get(), ca.get(), NID_key_usage, "critical,digitalSignature");
  extend(server.cert.get(), ca.get(), NID_ext_key_usage, "serverAuth");
  extend(server.cert.get(), ca.get(), NID_subject_alt_name, "IP:127.0.0.1,IP:::1,DNS:localhost");
  extend(server.cert.get(), ca.get(), NID_authority_key_identifier, "keyid");
  sign(server.cert.get(), ca.get(), ca_key.get());
  write_pem(ca_file, ca.get());
  return server;
}

} // namespace milkrun::sandbox
