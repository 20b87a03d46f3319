// An idle connection stays in the epoll as it was: on a kept connection a call costs no epoll_ctl at all.
#include "http/curl_multi.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

namespace milkrun::http {
namespace {

using Clock = std::chrono::steady_clock;

void check(CURLMcode code) {
  if (code != CURLM_OK) throw std::runtime_error(std::string("libcurl multi: ") + curl_multi_strerror(code));
}

std::uint32_t events_of(int what) {
  return (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
}

} // namespace

Multi::Multi(int wake, long kept, long most)
    : multi_(curl_multi_init()), epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(wake) {
  if (multi_ == nullptr) throw std::bad_alloc();
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  check(curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Multi::on_socket));
  check(curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this));
  check(curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Multi::on_timer));
  check(curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this));
  check(curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kept));
  check(curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, most));
  epoll_event event{.events = EPOLLIN, .data = {.fd = wake_}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

Multi::~Multi() {
  curl_multi_cleanup(multi_); // says goodbye on TLS connections
  close(epoll_);
}

void Multi::set_constant(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &Multi::on_open);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &Multi::on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
}

void Multi::add(CURL* easy) { check(curl_multi_add_handle(multi_, easy)); }
void Multi::remove(CURL* easy) { check(curl_multi_remove_handle(multi_, easy)); }

int Multi::on_timer(CURLM*, long ms, void* self) {
  auto& timer = static_cast<Multi*>(self)->timer_;
  if (ms < 0)
    timer.reset();
  else
    timer = Clock::now() + std::chrono::milliseconds(ms);
  return 0;
}

int Multi::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  Multi& multi = *static_cast<Multi*>(self);
  const auto at = static_cast<std::size_t>(socket);
  try {
    if (at >= multi.watches_.size()) multi.watches_.resize(at + 256);
    multi.watches_[at].asked = what == CURL_POLL_REMOVE ? 0 : events_of(what);
    if (multi.watches_[at].asked != 0) multi.watch(socket, multi.watches_[at].asked);
  } catch (...) {
    return -1; // libcurl ends the transfers
  }
  return 0;
}

// libcurl closes a socket that never connected by itself, without on_close(): the number may come again.
int Multi::on_open(void* self, curl_socket_t socket, curlsocktype) {
  auto& watches = static_cast<Multi*>(self)->watches_;
  if (static_cast<std::size_t>(socket) < watches.size()) watches[static_cast<std::size_t>(socket)] = {};
  return CURL_SOCKOPT_OK;
}

int Multi::on_close(void* self, curl_socket_t socket) {
  auto& watches = static_cast<Multi*>(self)->watches_;
  if (static_cast<std::size_t>(socket) < watches.size()) watches[static_cast<std::size_t>(socket)] = {};
  return close(socket); // leaves the epoll by itself
}

void Multi::watch(int socket, std::uint32_t events) {
  Watch& watch = watches_[static_cast<std::size_t>(socket)];
  if (watch.watched == events) return;
  epoll_event event{.events = events, .data = {.fd = socket}};
  const int how = events == 0 ? EPOLL_CTL_DEL : watch.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  const bool gone = events == 0; // closed meanwhile: then the kernel has forgotten it, which is what is wanted
  if (epoll_ctl(epoll_, how, socket, &event) != 0 && !(gone && (errno == EBADF || errno == ENOENT)))
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  watch.watched = events;
}

void Multi::happened(int socket, std::uint32_t events) {
  const Watch& now = watches_[static_cast<std::size_t>(socket)];
  // The server closed an idle connection, or spoke unasked: libcurl sees it when it would use it again.
  if (now.asked == 0) return now.watched == 0 ? void() : watch(socket, 0);
  const int mask = (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP) ? CURL_CSELECT_IN : 0) |
                   (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) | (events & EPOLLERR ? CURL_CSELECT_ERR : 0);
  int running = 0;
  check(curl_multi_socket_action(multi_, socket, mask, &running));
}

void Multi::sleep_for(std::chrono::milliseconds at_most) {
  std::array<epoll_event, 256> events; // NOLINT(cppcoreguidelines-pro-type-member-init): the kernel fills it
  const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), static_cast<int>(at_most.count()));
  if (n < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "epoll_wait");
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd != wake_) {
      happened(event.data.fd, event.events);
      continue;
    }
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t taken = read(wake_, &count, sizeof count);
  }
}

void Multi::turn(std::chrono::milliseconds at_most) {
  using std::chrono::milliseconds;
  if (timer_) at_most = std::min(at_most, std::chrono::ceil<milliseconds>(*timer_ - Clock::now()));
  sleep_for(std::clamp(at_most, milliseconds(0), milliseconds(60'000)));
  if (!timer_ || Clock::now() < *timer_) return;
  timer_.reset(); // libcurl sets the next one from within
  int running = 0;
  check(curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running));
}

std::optional<std::pair<CURL*, CURLcode>> Multi::next_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) return std::pair{message->easy_handle, message->data.result};
  }
  return std::nullopt;
}

} // namespace milkrun::http
