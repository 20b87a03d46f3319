// A network that is made when the first call is submitted: an idle run never pays for TLS and certificates.
#pragma once

#include "http/net.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

namespace milkrun::cli {

// A network that is ready, and how to end its open calls.
struct Network {
  std::unique_ptr<http::Net> net;
  std::function<void()> abort;
};

class LazyNet final : public http::Net {
public:
  explicit LazyNet(std::function<Network()> connect) : connect_(std::move(connect)) {}

  void submit(std::uint64_t ticket, http::Request request) override;
  std::vector<Answer> collect() override;
  void wait(Millis at_most) override;
  void nudge() override;
  void quit() override;
  // Open calls end now, later ones are refused (Fault::aborted).
  void abort();

private:
  http::Net* made();
  std::function<Network()> connect_;
  std::mutex lock_; // of the rest
  std::condition_variable news_;
  Network network_;
  std::vector<Answer> refused_; // by abort() before anything was made
  bool aborted_ = false, nudged_ = false;
};

} // namespace milkrun::cli
