// Fakes for the seams: a clock that tests move, an http client that answers from a list.
#pragma once

#include "base/clock.hpp"
#include "http/client.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace milkrun::test {

// 2026-11-21 12:00:00 UTC, a Saturday.
inline const Time noon = from_ms(1'795'262'400'000);

struct FakeClock final : Clock {
  mutable std::mutex lock;
  Time t = noon;
  Time now() const override {
    std::lock_guard hold(lock);
    return t;
  }
  std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::time_point(now().time_since_epoch());
  }
  void advance(Millis by) {
    std::lock_guard hold(lock);
    t += by;
  }
};

// Answers in order; when the list is empty it answers by `otherwise` (default: a transient error). Keeps what was sent.
struct FakeHttp final : http::Client {
  mutable std::mutex lock;
  std::deque<Expected<http::Response>> answers;
  std::vector<http::Request> sent;
  std::function<Expected<http::Response>(const http::Request&)> otherwise;

  Expected<http::Response> send(const http::Request& request) override {
    std::lock_guard hold(lock);
    sent.push_back(request);
    if (!answers.empty()) {
      Expected<http::Response> answer = std::move(answers.front());
      answers.pop_front();
      return answer;
    }
    if (otherwise) return otherwise(request);
    return fail(Fault::outage, Reason::stored("fake: no answer planned"));
  }
  void answer(int status, std::string body, std::vector<http::Header> headers = {}) {
    answers.push_back(http::Response{.status = status, .headers = std::move(headers), .body = std::move(body)});
  }
};

} // namespace milkrun::test
