// The blocking door: many threads, one net; each gets its own answer, and all hear of a net that is gone.
#include "http/blocking.hpp"

#include "support/http_setup.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::get;

namespace {

// Answers a call with its URL, in the reverse of the order they came in, once `together` of them are there.
class Backwards final : public Net {
public:
  explicit Backwards(std::size_t together) : together_(together) {}
  void submit(std::uint64_t ticket, Request request) override {
    const std::lock_guard hold(lock_);
    calls_.push_back({ticket, Response{.status = 200, .url = request.url}});
    changed_.notify_all();
  }
  std::vector<Answer> collect() override {
    const std::lock_guard hold(lock_);
    if (together_ == 0) throw std::runtime_error("gone");
    if (calls_.size() < together_) return {};
    std::vector<Answer> out(calls_.rbegin(), calls_.rend());
    calls_.clear();
    return out;
  }
  void wait(Millis at_most) override {
    std::unique_lock hold(lock_);
    changed_.wait_for(hold, at_most, [&] { return calls_.size() >= together_; });
  }
  void nudge() override {}

private:
  std::size_t together_;
  std::mutex lock_;
  std::condition_variable changed_;
  std::vector<Answer> calls_;
};

} // namespace

TEST_CASE("each thread gets the answer of its own call") {
  Backwards net(8);
  Blocking client(net);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const std::string url = std::to_string(t) + "/" + std::to_string(i);
        if (client.send(get(url))->url == url) ++right;
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(right == 800);
}

TEST_CASE("a net that is gone is told to every thread") {
  Backwards net(0);
  Blocking client(net);
  std::atomic<int> told = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      try {
        static_cast<void>(client.send(get("x")));
      } catch (const std::runtime_error&) {
        ++told;
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(told == 8);
}
