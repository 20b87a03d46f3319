// An http client that is made when the first call is sent: an idle run never pays for TLS and certificates.
#pragma once

#include "http/client.hpp"

#include <functional>
#include <memory>
#include <mutex>

namespace milkrun::cli {

// A client that is ready, and how to end its open calls.
struct Network {
  std::unique_ptr<http::Client> client;
  std::function<void()> abort;
};

class LazyClient final : public http::Client {
public:
  explicit LazyClient(std::function<Network()> connect) : connect_(std::move(connect)) {}

  Expected<http::Response> send(const http::Request& request) override;
  // Open calls end now, later ones are refused (Fault::aborted).
  void abort();

private:
  std::function<Network()> connect_;
  std::mutex lock_; // of the two below
  Network network_;
  bool aborted_ = false;
};

} // namespace milkrun::cli
