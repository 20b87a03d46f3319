// One line per call for the log: who called what, how it ended, how long it took.
#pragma once

#include "http/net.hpp"

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

namespace milkrun::http {

// Hands every call on and gives the sink one line of key=value pairs:
//   method=POST url=https://h/path tenant=asha service=wordpress status=201 bytes=532 ms=81
// or, for an error, fault and reason in place of status and bytes. Never a query, a header or a body.
// As thread-safe as the sink.
class Logged final : public Client {
public:
  using Sink = std::function<void(std::string line)>;
  Logged(Client& inner, Sink sink) : inner_(inner), sink_(std::move(sink)) {}
  Expected<Response> send(const Request& request) override;

private:
  Client& inner_;
  Sink sink_;
};

// The same for a Net; the line is given when the answer is collected, ms count from submit().
class LoggedNet final : public Net {
public:
  LoggedNet(Net& inner, Logged::Sink sink) : inner_(inner), sink_(std::move(sink)) {}
  void submit(std::uint64_t ticket, Request request) override;
  std::vector<Answer> collect() override;
  void wait(Millis at_most) override { inner_.wait(at_most); }
  void nudge() override { inner_.nudge(); }

private:
  struct Begun {
    std::string what;
    std::chrono::steady_clock::time_point at;
  };
  Net& inner_;
  Logged::Sink sink_;
  std::mutex lock_; // guards the next one
  std::unordered_map<std::uint64_t, Begun> open_;
};

} // namespace milkrun::http
