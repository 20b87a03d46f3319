// One question for many who ask the same: a hundred mails with an expired token need one new token, and a service that
// hands out another refresh token with each would be asked with one that is over.
#pragma once

#include "http/net.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace milkrun::http {

// Hands every call on but for `repeatable` ones of the service that are equal, of the same tenant, to one that is under
// way or was answered well less than `kept_for` ago: these get its answer.
class SharingNet final : public Net {
public:
  static constexpr std::chrono::seconds kept_for{10};
  // `now` is for tests.
  SharingNet(Net& inner, std::string service,
             std::chrono::steady_clock::time_point (*now)() = std::chrono::steady_clock::now)
      : inner_(inner), service_(std::move(service)), now_(now) {}
  void submit(std::uint64_t ticket, Request request) override;
  std::vector<Answer> collect() override;
  void wait(Millis at_most) override { inner_.wait(at_most); }
  void nudge() override { inner_.nudge(); }

private:
  struct Question {
    std::vector<std::uint64_t> others = {};
    std::optional<Response> answer = {};
    std::chrono::steady_clock::time_point until = {};
  };
  using Name = std::pair<std::string, std::uint64_t>; // tenant, digest
  void forget();

  Net& inner_;
  const std::string service_;
  std::chrono::steady_clock::time_point (*const now_)();
  std::mutex lock_; // of the rest
  std::map<Name, Question> questions_;
  std::map<std::uint64_t, Name> asking_; // by ticket
  std::vector<Answer> ready_;
};

} // namespace milkrun::http
