// Server-side TLS over an accepted socket, with the sandbox's throwaway certificate.
#include "support/tls_stream.hpp"

#include "sandbox/tls.hpp"

#include <openssl/ssl.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

namespace milkrun::test {
namespace {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

class TlsStream final : public Stream {
public:
  explicit TlsStream(std::unique_ptr<SSL, FreeSsl> ssl) : ssl_(std::move(ssl)) {}
  ~TlsStream() override { SSL_shutdown(ssl_.get()); }
  long read(char* out, std::size_t n) override { return SSL_read(ssl_.get(), out, static_cast<int>(n)); }
  bool write(std::string_view bytes) override {
    return bytes.empty() || SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }

private:
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

} // namespace

struct TestTls::Context {
  sandbox::Identity identity;
  SSL_CTX* ssl = SSL_CTX_new(TLS_server_method());
  ~Context() { SSL_CTX_free(ssl); }
};

TestTls::TestTls(int highest) : context_(std::make_unique<Context>()) {
  if (highest != 0) { // old versions need old signatures, too
    SSL_CTX_set_security_level(context_->ssl, 0);
    SSL_CTX_set_min_proto_version(context_->ssl, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_->ssl, highest);
  }
  std::string name = "/tmp/milkrun-test-ca-XXXXXX";
  const int file = mkstemp(name.data());
  if (file < 0) throw std::runtime_error("test tls: no temporary file");
  close(file);
  ca_file_ = name;
  context_->identity = sandbox::make_identity(ca_file_);
  if (SSL_CTX_use_certificate(context_->ssl, context_->identity.cert.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context_->ssl, context_->identity.key.get()) != 1) {
    throw std::runtime_error("test tls: certificate and key do not fit");
  }
}

TestTls::~TestTls() { std::remove(ca_file_.c_str()); }

RawServer::Wrap TestTls::wrap() const {
  return [ssl_context = context_->ssl](int socket) -> std::unique_ptr<Stream> {
    std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(ssl_context));
    if (SSL_set_fd(ssl.get(), socket) != 1 || SSL_accept(ssl.get()) != 1) return nullptr;
    return std::make_unique<TlsStream>(std::move(ssl));
  };
}

} // namespace milkrun::test
