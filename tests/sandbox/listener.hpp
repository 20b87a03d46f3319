// One listening address: the relay in front, and an httplib server behind it on a port of its own.
#pragma once

#include "exchange.hpp"
#include "relay.hpp"
#include "tls.hpp"

#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace httplib {
class Server;
struct Request;
struct Response;
} // namespace httplib

namespace milkrun::sandbox {

// Called for every request, on a thread of its connection. The link is null when the client has gone already.
using Handler = std::function<void(const Ask&, httplib::Response&, const std::shared_ptr<Link>&)>;

class Listener {
public:
  // TLS when an identity is given. Answers only after start().
  Listener(int port, const Identity* identity, Handler handler);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void start();
  void stop();
  const std::string& base() const { return base_; } // "https://127.0.0.1:4711"
  int port() const { return relay_.port(); }

private:
  void handle(const httplib::Request& request, httplib::Response& response);

  Relay relay_;
  std::string base_;
  Handler handler_;
  std::unique_ptr<httplib::Server> inner_;
  int inner_port_ = 0;
  std::thread thread_;
};

} // namespace milkrun::sandbox
