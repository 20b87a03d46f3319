// A TCP server on loopback that a test scripts byte by byte: it can answer, stall, cut and reset.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace milkrun::test {

// How bytes travel on an accepted socket: plain, or wrapped in TLS.
class Stream {
public:
  virtual ~Stream() = default;
  virtual long read(char* out, std::size_t n) = 0; // <= 0: the end
  virtual bool write(std::string_view bytes) = 0;
};

class RawServer;

// One accepted connection, as a script sees it. Every call returns at once when the server is being destroyed.
class Connection {
public:
  Connection(RawServer& server, int index, int socket, std::unique_ptr<Stream> stream)
      : server_(server), index_(index), socket_(socket), stream_(std::move(stream)) {}
  int index() const { return index_; } // 0 is the first connection the server accepted
  // Head and Content-Length body of the next request, noted in RawServer::seen(); "" when the peer closed before.
  std::string read_request();
  // The head alone: whatever follows stays unread. "" when the peer closed before.
  std::string read_head();
  // The next line with its line end; "" when the peer closed before.
  std::string read_line();
  bool write(std::string_view bytes);
  // A whole answer on a connection that stays open.
  bool answer(int status, std::string_view body, std::string_view more_headers = "");
  void wait_for_close(); // reads until the peer goes
  void reset();          // RST instead of FIN
  void shut();           // FIN

private:
  RawServer& server_;
  int index_, socket_;
  std::unique_ptr<Stream> stream_;
  std::string buffer_;
};

class RawServer {
public:
  using Script = std::function<void(Connection&)>;          // runs on a thread of its own per connection
  using Wrap = std::function<std::unique_ptr<Stream>(int)>; // nullptr: the handshake failed
  explicit RawServer(Script script, Wrap wrap = {});
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url(std::string_view path = "/") const { return "http://" + host() + std::string(path); }
  int connections() const { return connections_; }
  // Every whole request so far, in order of arrival; `connection` is the index of its connection.
  struct Seen {
    int connection;
    std::string text;
  };
  std::vector<Seen> seen() const;
  void note(int connection, std::string text);

private:
  void accept_all();
  void serve(int index, int socket);

  Script script_;
  Wrap wrap_;
  int listener_ = -1, port_ = 0;
  std::atomic<int> connections_ = 0;
  mutable std::mutex lock_; // guards the next four
  std::vector<Seen> seen_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  bool closing_ = false;
  std::thread acceptor_;
};

} // namespace milkrun::test
