// A curl multi driven by epoll: the connection cache, the timers and the sockets of the network thread, which alone
// uses it. The cost of a round depends on what happened, not on how many transfers are open.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace milkrun::http {

class Multi {
public:
  // `wake` becomes readable when somebody wants this thread. Connections, in use or idle: `kept` after a transfer,
  // `most` at any time; the longest idle are closed.
  Multi(int wake, long kept, long most);
  ~Multi();
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;

  void set_constant(CURL* easy); // before its first add()
  void add(CURL* easy);
  void remove(CURL* easy);
  // Sleeps until a socket, a timer or the wake says so, at most so long; then lets libcurl do what is due.
  void turn(std::chrono::milliseconds at_most);
  std::optional<std::pair<CURL*, CURLcode>> next_finished();

private:
  struct Watch {
    std::uint32_t asked = 0;   // epoll events libcurl wants; 0 = the connection idles
    std::uint32_t watched = 0; // what the kernel was told; 0 = not in the epoll
  };
  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int on_timer(CURLM*, long ms, void* self);
  static int on_open(void* self, curl_socket_t socket, curlsocktype);
  static int on_close(void* self, curl_socket_t socket);
  void watch(int socket, std::uint32_t events);
  void happened(int socket, std::uint32_t events);
  void sleep_for(std::chrono::milliseconds at_most);

  CURLM* multi_;
  int epoll_, wake_;
  std::vector<Watch> watches_; // by socket
  std::optional<std::chrono::steady_clock::time_point> timer_;
};

} // namespace milkrun::http
