// A byte-level relay in front of an HTTP server: it can do to a connection what no HTTP library lets one do.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace milkrun::sandbox {

enum class Ending { none, close, reset, garbage };

// One client connection. Handlers of the server behind the relay reach it by Relay::find.
class Link {
public:
  Link(int id, int client, int inner);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  int id() const { return id_; }
  // Ends the connection; not one byte more goes to the client (except the garbage).
  void end(Ending how);
  // Lets only so many further bytes through to the client, then holds still for `stall_ms`, then closes.
  void limit(std::size_t bytes, int stall_ms);
  // The client has closed or reset its side.
  bool gone() const { return gone_; }

  // Pumps bytes both ways until it is over; for the relay's own thread.
  void run();
  // Ends it from outside, whatever it is doing.
  void abort();

private:
  bool forward_request(int& watched);
  bool forward_response();
  void finish();

  const int id_;
  const int client_;
  const int inner_;
  const int wake_;
  std::atomic<Ending> ending_ = Ending::none;
  std::atomic<bool> gone_ = false;
  std::atomic<bool> limited_ = false;
  std::atomic<std::size_t> allowed_ = 0;
  std::atomic<int> stall_ms_ = 0;
};

class Relay {
public:
  // Listens on 127.0.0.1:port (0 = any); throws std::system_error.
  explicit Relay(int port);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  int port() const { return port_; }
  // From now on connections go to 127.0.0.1:inner_port.
  void start(int inner_port);
  void stop();
  // The connection that reached the inner server from this source port; null if it is over.
  std::shared_ptr<Link> find(int source_port) const;

private:
  void accept_all(int inner_port);
  void adopt(int client, int inner_port);

  int listener_;
  int port_;
  std::atomic<bool> stopping_ = false;
  std::thread acceptor_;
  mutable std::mutex lock_;
  std::condition_variable empty_;
  std::map<int, std::shared_ptr<Link>> links_;
};

} // namespace milkrun::sandbox
