// The relay: one thread accepts, one thread per connection pumps bytes with poll. TLS passes through untouched.
// Bytes from the server are held back the moment a fault is set, because it is set before the server answers.
#include "relay.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <tuple>
#include <unistd.h>

namespace milkrun::sandbox {

using std::string_view_literals::operator""sv;

namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int bound_socket(int port, bool reuse) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (reuse) ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::system_error(errno, std::generic_category(), "bind to 127.0.0.1");
  return fd;
}

int local_port(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

} // namespace

Link::Link(int id, int client, int inner)
    : id_(id), client_(client), inner_(inner), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Link::~Link() {
  for (const int fd : {client_, inner_, wake_}) ::close(fd);
}

void Link::end(Ending how) {
  ending_ = how;
  ::eventfd_write(wake_, 1);
}

void Link::limit(std::size_t bytes, int stall_ms) {
  allowed_ = bytes;
  stall_ms_ = stall_ms;
  limited_ = true;
}

void Link::abort() {
  end(Ending::close);
  ::shutdown(client_, SHUT_RDWR);
  ::shutdown(inner_, SHUT_RDWR);
}

void Link::run() {
  int watched = client_;
  while (ending_ == Ending::none) {
    pollfd fds[] = {{watched, POLLIN, 0}, {inner_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (::poll(fds, 3, -1) < 0 && errno != EINTR) break;
    if (ending_ != Ending::none) break;
    if (fds[0].revents != 0 && !forward_request(watched)) break;
    if (fds[1].revents != 0 && !forward_response()) break;
  }
  finish();
}

bool Link::forward_request(int& watched) {
  char buffer[16384];
  const ssize_t n = ::recv(client_, buffer, sizeof buffer, 0);
  if (n > 0) return send_all(inner_, {buffer, static_cast<std::size_t>(n)});
  gone_ = true;
  watched = -1; // the answer may still be wanted by a client that closed only its sending side
  ::shutdown(inner_, SHUT_WR);
  return n == 0;
}

bool Link::forward_response() {
  char buffer[16384];
  const ssize_t n = ::recv(inner_, buffer, sizeof buffer, 0);
  if (n <= 0 || ending_ != Ending::none) return false;
  const auto got = static_cast<std::size_t>(n);
  if (!limited_) return send_all(client_, {buffer, got});
  const std::size_t pass = std::min(got, allowed_.load());
  allowed_ -= pass;
  if (!send_all(client_, {buffer, pass})) return false;
  if (allowed_ > 0) return true;
  pollfd fds[] = {{client_, POLLRDHUP, 0}, {wake_, POLLIN, 0}};
  if (stall_ms_ > 0) ::poll(fds, 2, stall_ms_);
  return false;
}

void Link::finish() {
  gone_ = true;
  if (ending_ == Ending::garbage) send_all(client_, "\x00\xff\x15garbage, not a protocol\r\n\r\n"sv);
  if (ending_ == Ending::reset) {
    // Dissolving the association sends RST, as a close with zero linger would, but keeps the descriptor ours.
    const sockaddr none{.sa_family = AF_UNSPEC, .sa_data = {}};
    std::ignore = ::connect(client_, &none, sizeof none);
  }
  ::shutdown(client_, SHUT_RDWR);
  ::shutdown(inner_, SHUT_RDWR);
}

Relay::Relay(int port) : listener_(bound_socket(port, true)), port_(local_port(listener_)) {
  if (::listen(listener_, 1024) != 0) throw std::system_error(errno, std::generic_category(), "listen");
}

Relay::~Relay() {
  stop();
  ::close(listener_);
}

void Relay::start(int inner_port) {
  acceptor_ = std::thread([this, inner_port] { accept_all(inner_port); });
}

void Relay::stop() {
  if (stopping_.exchange(true)) return;
  ::shutdown(listener_, SHUT_RDWR);
  if (acceptor_.joinable()) acceptor_.join();
  std::unique_lock hold(lock_);
  for (const auto& [port, link] : links_) link->abort();
  empty_.wait(hold, [this] { return links_.empty(); });
}

std::shared_ptr<Link> Relay::find(int source_port) const {
  std::lock_guard hold(lock_);
  const auto at = links_.find(source_port);
  return at == links_.end() ? nullptr : at->second;
}

void Relay::accept_all(int inner_port) {
  while (!stopping_) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0)
      adopt(client, inner_port);
    else if (errno != EINTR && errno != ECONNABORTED)
      break;
  }
}

void Relay::adopt(int client, int inner_port) {
  static std::atomic<int> last_id = 0;
  const int on = 1;
  ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int inner = bound_socket(0, false);
  auto link = std::make_shared<Link>(++last_id, client, inner);
  const int source_port = local_port(inner);
  {
    std::lock_guard hold(lock_);
    links_[source_port] = link; // before the connect, so that no handler can look for it in vain
  }
  const sockaddr_in address = loopback(inner_port);
  if (::connect(inner, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) link->end(Ending::close);
  std::thread([this, link = std::move(link), source_port] {
    link->run();
    std::lock_guard hold(lock_);
    links_.erase(source_port);
    empty_.notify_all();
  }).detach();
}

} // namespace milkrun::sandbox
