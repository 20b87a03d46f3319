// The scripted server. One thread per connection; destruction shuts every socket down and joins them all.
#include "support/raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace milkrun::test {
namespace {

class Plain final : public Stream {
public:
  explicit Plain(int socket) : socket_(socket) {}
  long read(char* out, std::size_t n) override { return recv(socket_, out, n, 0); }
  bool write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

private:
  int socket_;
};

std::size_t content_length(std::string_view head) {
  std::string lower(head);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto at = lower.find("\r\ncontent-length:");
  return at == std::string::npos ? 0 : std::strtoul(lower.c_str() + at + 17, nullptr, 10);
}

} // namespace

std::string Connection::read_head() {
  std::array<char, 4096> chunk{};
  while (buffer_.find("\r\n\r\n") == std::string::npos) {
    const long n = stream_->read(chunk.data(), chunk.size());
    if (n <= 0) return "";
    buffer_.append(chunk.data(), static_cast<std::size_t>(n));
  }
  const auto end = buffer_.find("\r\n\r\n") + 4;
  std::string head = buffer_.substr(0, end);
  buffer_.erase(0, end);
  return head;
}

std::string Connection::read_request() {
  std::string request = read_head();
  const std::size_t length = content_length(request);
  std::array<char, 4096> chunk{};
  while (!request.empty() && buffer_.size() < length) {
    const long n = stream_->read(chunk.data(), chunk.size());
    if (n <= 0) return "";
    buffer_.append(chunk.data(), static_cast<std::size_t>(n));
  }
  if (request.empty()) return "";
  request += buffer_.substr(0, length);
  buffer_.erase(0, length);
  server_.note(index_, request);
  return request;
}

std::string Connection::read_line() {
  std::array<char, 4096> chunk{};
  while (buffer_.find('\n') == std::string::npos) {
    const long n = stream_->read(chunk.data(), chunk.size());
    if (n <= 0) return "";
    buffer_.append(chunk.data(), static_cast<std::size_t>(n));
  }
  std::string line = buffer_.substr(0, buffer_.find('\n') + 1);
  buffer_.erase(0, line.size());
  return line;
}

bool Connection::write(std::string_view bytes) { return stream_->write(bytes); }

bool Connection::answer(int status, std::string_view body, std::string_view more_headers) {
  return write("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
               std::string(more_headers) + "\r\n" + std::string(body));
}

void Connection::wait_for_close() {
  std::array<char, 4096> chunk{};
  while (stream_->read(chunk.data(), chunk.size()) > 0) {
  }
}

void Connection::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now); // the server closes it when the script returns
}

void Connection::shut() { shutdown(socket_, SHUT_WR); }

RawServer::RawServer(Script script, Wrap wrap) : script_(std::move(script)), wrap_(std::move(wrap)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener_ < 0) throw std::runtime_error("test server: no socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 4096) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("test server: cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
  {
    const std::lock_guard hold(lock_);
    closing_ = true;
    for (const int s : open_) shutdown(s, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& t : threads_) t.join();
  close(listener_);
}

void RawServer::accept_all() {
  while (true) {
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) return;
    const std::lock_guard hold(lock_);
    if (closing_) {
      close(accepted);
      return;
    }
    open_.push_back(accepted);
    threads_.emplace_back([this, accepted, index = connections_++] { serve(index, accepted); });
  }
}

void RawServer::serve(int index, int socket) {
  sigset_t pipe; // a client that left must not kill the test program
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  auto stream = wrap_ ? wrap_(socket) : std::make_unique<Plain>(socket);
  if (stream) {
    Connection connection(*this, index, socket, std::move(stream));
    script_(connection);
  }
  const std::lock_guard hold(lock_);
  std::erase(open_, socket);
  close(socket);
}

void RawServer::note(int connection, std::string text) {
  const std::lock_guard hold(lock_);
  seen_.push_back({connection, std::move(text)});
}

std::vector<RawServer::Seen> RawServer::seen() const {
  const std::lock_guard hold(lock_);
  return seen_;
}

} // namespace milkrun::test
