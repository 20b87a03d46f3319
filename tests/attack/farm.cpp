// One thread and one epoll for all of them.
#include "attack/farm.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <unordered_map>
#include <unordered_set>

namespace milkrun::attack {
namespace {

[[noreturn]] void broken(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void watch(int epoll, int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) broken("epoll_ctl");
}

} // namespace

Farm::Farm(std::size_t hosts, std::string body) {
  answer_ =
      "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  for (std::size_t i = 0; i < hosts; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      broken("listen");
    listeners_.push_back(fd);
    ports_.push_back(ntohs(address.sin_port));
  }
  wake_ = eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { serve(); });
}

Farm::~Farm() {
  const std::uint64_t one = 1;
  if (write(wake_, &one, sizeof one) < 0) std::terminate();
  thread_.join();
  for (const int fd : listeners_) close(fd);
  close(wake_);
}

std::string Farm::url(std::size_t host) const {
  return "http://127.0.0.1:" + std::to_string(ports_.at(host)) + "/feed";
}

void Farm::serve() {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, wake_);
  std::unordered_set<int> listening(listeners_.begin(), listeners_.end());
  for (const int fd : listeners_) watch(epoll, fd);
  std::unordered_map<int, std::string> open;
  for (bool over = false; !over;) {
    epoll_event events[64];
    const int n = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < n; ++i) {
      const int fd = events[i].data.fd;
      if (fd == wake_) {
        over = true;
      } else if (listening.contains(fd)) {
        const int accepted = accept4(fd, nullptr, nullptr, SOCK_CLOEXEC);
        if (accepted < 0) continue;
        watch(epoll, accepted);
        open.emplace(accepted, "");
        most_open_ = std::max(most_open_.load(), open.size());
      } else {
        char part[4096];
        const ssize_t got = read(fd, part, sizeof part);
        std::string& request = open[fd];
        if (got > 0) request.append(part, static_cast<std::size_t>(got));
        if (got <= 0) {
          open.erase(fd);
          close(fd);
        } else if (request.ends_with("\r\n\r\n")) {
          request.clear();
          ++answers_;
          if (send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL) < 0) continue;
        }
      }
    }
  }
  for (const auto& [fd, request] : open) close(fd);
  close(epoll);
}

} // namespace milkrun::attack
