// TLS for RawServer: a throwaway CA and certificate, made anew for each object.
#pragma once

#include "support/raw_server.hpp"

#include <memory>
#include <string>

namespace milkrun::test {

// A certificate for 127.0.0.1, ::1 and localhost.
class TestTls {
public:
  // highest: the newest version it speaks, as OpenSSL numbers them (TLS1_1_VERSION); 0 = the newest there is.
  explicit TestTls(int highest = 0);
  ~TestTls();
  TestTls(const TestTls&) = delete;
  TestTls& operator=(const TestTls&) = delete;

  const std::string& ca_file() const { return ca_file_; } // PEM of the CA, removed with this object
  RawServer::Wrap wrap() const;                           // this object must outlive the server

private:
  struct Context;
  std::string ca_file_;
  std::unique_ptr<Context> context_;
};

} // namespace milkrun::test
