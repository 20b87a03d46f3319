// A network door over a blocking client: each call runs on a thread of its own, or, for clients that answer at once,
// where it is submitted.
#pragma once

#include "http/net.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace milkrun::test {

class ClientNet final : public http::Net {
public:
  explicit ClientNet(http::Client& client, bool threads = false) : client_(client), threads_(threads) {}

  void submit(std::uint64_t ticket, http::Request request) override {
    if (!threads_) return answer(ticket, client_.send(request));
    std::lock_guard hold(lock_);
    running_.emplace_back([this, ticket, request = std::move(request)] { answer(ticket, client_.send(request)); });
  }
  std::vector<Answer> collect() override {
    std::lock_guard hold(lock_);
    return std::exchange(answers_, {});
  }
  void wait(Millis at_most) override {
    std::unique_lock hold(lock_);
    news_.wait_for(hold, at_most, [&] { return nudged_ || !answers_.empty(); });
    nudged_ = false;
  }
  void nudge() override {
    std::lock_guard hold(lock_);
    nudged_ = true;
    news_.notify_all();
  }

private:
  void answer(std::uint64_t ticket, Expected<http::Response> response) {
    std::lock_guard hold(lock_);
    answers_.push_back({ticket, std::move(response)});
    news_.notify_all();
  }

  http::Client& client_;
  const bool threads_;
  std::mutex lock_; // of the next three
  std::condition_variable news_;
  std::vector<Answer> answers_;
  bool nudged_ = false;
  std::vector<std::jthread> running_; // last: joined before the rest goes
};

} // namespace milkrun::test
