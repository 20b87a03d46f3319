// The network thread: admit what callers hand in, drive libcurl, hand results back. Nothing here blocks but
// the poll; callers are woken the moment their transfer ends.
#include "http/curl_loop.hpp"

#include "base/kill_point.hpp"
#include "http/quiet_thread.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace milkrun::http {
namespace {

void check(CURLMcode code) {
  if (code != CURLM_OK) throw std::runtime_error(std::string("libcurl multi: ") + curl_multi_strerror(code));
}

} // namespace

Loop::Loop(std::size_t max_connections, std::stop_token stop) : multi_(curl_multi_init()), stop_(std::move(stop)) {
  if (multi_ == nullptr) throw std::bad_alloc();
  check(curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(max_connections)));
  thread_ = quiet_thread([this] {
    while (true) {
      {
        const std::lock_guard hold(lock_);
        if (quit_) break;
      }
      turn();
    }
    end_all();
    curl_multi_cleanup(multi_); // here, where SIGPIPE is blocked: it says goodbye on TLS connections
  });
}

Loop::~Loop() {
  {
    const std::lock_guard hold(lock_);
    quit_ = true;
    curl_multi_wakeup(multi_);
  }
  thread_.join();
}

void Loop::run(const std::shared_ptr<Transfer>& transfer) {
  {
    const std::lock_guard hold(lock_);
    incoming_.push_back(transfer);
    if (incoming_.size() == 1) curl_multi_wakeup(multi_); // the others ride along
  }
  transfer->wait();
}

void Loop::wake() {
  const std::lock_guard hold(lock_);
  curl_multi_wakeup(multi_);
}

void Loop::turn() {
  admit();
  int running = 0;
  check(curl_multi_perform(multi_, &running));
  mark_in_flight();
  reap();
  if (stop_.stop_requested()) end_all();
  check(curl_multi_poll(multi_, nullptr, 0, 1000, nullptr));
}

void Loop::admit() {
  std::vector<std::shared_ptr<Transfer>> fresh;
  {
    const std::lock_guard hold(lock_);
    fresh.swap(incoming_);
  }
  for (const auto& transfer : fresh) start(transfer);
}

// A process that was stopped (SIGSTOP) between hand-over and here must not send late.
void Loop::start(const std::shared_ptr<Transfer>& transfer) {
  const Instant now = std::chrono::steady_clock::now();
  if (stop_.stop_requested()) return transfer->finish(CURLE_ABORTED_BY_CALLBACK, Veto::stopped);
  if (now >= transfer->end_by) return transfer->finish(CURLE_OPERATION_TIMEDOUT, Veto::deadline);
  transfer->limit_time(now, transfer->connect_by, transfer->end_by);
  check(curl_multi_add_handle(multi_, transfer->easy()));
  active_.emplace(transfer->easy(), transfer);
}

void Loop::mark_in_flight() {
#ifdef MILKRUN_TEST_HOOKS
  for (const auto& [easy, transfer] : active_) {
    if (transfer->in_flight_first_seen()) kill_point("http.in_flight");
  }
#endif
}

void Loop::reap() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto found = active_.find(message->easy_handle);
    const CURLcode code = message->data.result;
    const std::shared_ptr<Transfer> transfer = found->second;
    active_.erase(found);
    check(curl_multi_remove_handle(multi_, transfer->easy()));
    transfer->finish(code);
  }
}

void Loop::end_all() {
  for (const auto& [easy, transfer] : std::exchange(active_, {})) {
    check(curl_multi_remove_handle(multi_, easy));
    transfer->finish(CURLE_ABORTED_BY_CALLBACK, Veto::stopped);
  }
}

} // namespace milkrun::http
