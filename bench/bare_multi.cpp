// The ceiling: a bare libcurl multi that makes N calls, C at a time over kept connections, and records nothing. It has
// what makes libcurl fast (no CAPATH, a cache as large as needed, epoll where a poll of all handles costs more), so
// what milkrun is compared with is libcurl at its best.
//
//   bare_multi post|get ITEMS IN_FLIGHT CA_FILE <URLS     (one URL a line; the items go round them)
#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Multi = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

constexpr long poll_until = 256; // in flight; above it epoll is cheaper

struct Load {
  bool post = true;
  long items = 0, in_flight = 0;
  std::string ca_file;
  std::vector<std::string> urls;
  long started = 0, good = 0, bad = 0;

  bool finished() const { return good + bad == items; }
};

std::size_t discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

void prepare(CURL* easy, const Load& load, curl_slist* headers) {
  curl_easy_setopt(easy, CURLOPT_CAINFO, load.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
}

void start(CURLM* multi, CURL* easy, Load& load) {
  const long i = load.started++;
  curl_easy_setopt(easy, CURLOPT_URL, load.urls[static_cast<std::size_t>(i) % load.urls.size()].c_str());
  if (load.post) {
    const std::string body = fmt::format(R"({{"chatId":"49170{:07}@c.us","message":"Hello, thank you for taking part! )"
                                         R"(Your reward is ready: https://example.org/r/{}"}})",
                                         i, i);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body.c_str());
  }
  curl_multi_add_handle(multi, easy);
}

// Takes finished transfers out and puts the next item on each freed handle.
void turn_over(CURLM* multi, Load& load) {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    ++(message->data.result == CURLE_OK && (status == 200 || status == 304) ? load.good : load.bad);
    curl_multi_remove_handle(multi, easy);
    if (load.started < load.items) start(multi, easy, load);
  }
}

void run_by_poll(CURLM* multi, Load& load) {
  for (int running = 0; !load.finished();) {
    curl_multi_perform(multi, &running);
    turn_over(multi, load);
    if (!load.finished()) curl_multi_poll(multi, nullptr, 0, 100, nullptr);
  }
}

struct Sockets {
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  long timeout_ms = 0;
};

int watch(CURL*, curl_socket_t socket, int what, void* user, void*) {
  const auto* sockets = static_cast<Sockets*>(user);
  if (what == CURL_POLL_REMOVE) return epoll_ctl(sockets->epoll, EPOLL_CTL_DEL, socket, nullptr), 0;
  epoll_event event{.events = 0, .data = {.fd = socket}};
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  if (epoll_ctl(sockets->epoll, EPOLL_CTL_MOD, socket, &event) != 0 && errno == ENOENT)
    epoll_ctl(sockets->epoll, EPOLL_CTL_ADD, socket, &event);
  return 0;
}

int set_timer(CURLM*, long timeout_ms, void* user) {
  static_cast<Sockets*>(user)->timeout_ms = timeout_ms;
  return 0;
}

void run_by_epoll(CURLM* multi, Load& load, Sockets& sockets) {
  std::array<epoll_event, 512> ready{};
  for (int running = 0; !load.finished();) {
    const int wait = sockets.timeout_ms < 0 || sockets.timeout_ms > 100 ? 100 : static_cast<int>(sockets.timeout_ms);
    const int count = epoll_wait(sockets.epoll, ready.data(), static_cast<int>(ready.size()), wait);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = ready.at(static_cast<std::size_t>(i));
      const int what = ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 ? CURL_CSELECT_IN : 0) |
                       ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
      curl_multi_socket_action(multi, event.data.fd, what, &running);
    }
    if (count <= 0) curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    turn_over(multi, load);
  }
}

void run(Load& load) {
  Headers headers(curl_slist_append(nullptr, load.post ? "Content-Type: application/json" : "If-None-Match: \"bench\""),
                  &curl_slist_free_all);
  headers.reset(curl_slist_append(headers.release(), "Authorization: Bearer bench-key"));
  Sockets sockets;
  std::vector<Easy> handles; // destroyed after the multi they are in
  const Multi multi(curl_multi_init(), &curl_multi_cleanup);
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, 4 * load.in_flight + static_cast<long>(load.urls.size()));
  const bool by_epoll = load.in_flight > poll_until;
  if (by_epoll) {
    curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, &sockets);
    curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, &sockets);
  }
  for (long i = 0; i < load.in_flight && i < load.items; ++i) {
    handles.emplace_back(curl_easy_init(), &curl_easy_cleanup);
    prepare(handles.back().get(), load, headers.get());
    start(multi.get(), handles.back().get(), load);
  }
  by_epoll ? run_by_epoll(multi.get(), load, sockets) : run_by_poll(multi.get(), load);
  close(sockets.epoll);
}

std::optional<Load> load_of(int argc, char** argv) {
  if (argc != 5) return {};
  const std::string method = argv[1];
  Load load{.post = method == "post",
            .items = std::atol(argv[2]),
            .in_flight = std::atol(argv[3]),
            .ca_file = argv[4],
            .urls = {}};
  for (std::string url; std::getline(std::cin, url);) load.urls.push_back(url);
  if ((!load.post && method != "get") || load.in_flight < 1 || load.urls.empty()) return {};
  return load;
}

} // namespace

int main(int argc, char** argv) {
  std::optional<Load> load = load_of(argc, argv);
  if (!load) {
    fmt::print(stderr, "usage: bare_multi post|get ITEMS IN_FLIGHT CA_FILE <URLS\n");
    return 64;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  run(*load);
  curl_global_cleanup();
  fmt::print("{} good, {} bad\n", load->good, load->bad);
  return load->bad == 0 ? 0 : 1;
}
