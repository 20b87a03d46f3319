// The resolver: patience, sharing and memory, with lookups that tests hold back.
#include "http/resolver.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

using namespace milkrun;
using namespace milkrun::http;

namespace {
std::vector<Address> one() { return {Address::parse("93.184.216.34").value()}; }
} // namespace

TEST_CASE("a stuck lookup costs its waiter no more than its patience") {
  auto release = std::make_shared<std::latch>(1);
  const Resolver resolver([release](const std::string&) -> Expected<std::vector<Address>> {
    release->wait();
    return one();
  });
  const auto answer = resolver("stuck.test", {.at_most = Millis(5)});
  CHECK(answer.error().reason.code() == "network.lookup_timed_out");
  CHECK(answer.error().fault == Fault::outage);
  release->count_down();
  CHECK(resolver("stuck.test", {}).has_value()); // the late answer serves the next one
}

TEST_CASE("a waiter leaves when it is told to stop") {
  auto release = std::make_shared<std::latch>(1);
  const Resolver resolver([release](const std::string&) -> Expected<std::vector<Address>> {
    release->wait();
    return one();
  });
  std::stop_source stop;
  Expected<std::vector<Address>> answer;
  std::thread waiter(
      [&] { answer = resolver("stuck.test", {.at_most = std::chrono::hours(1), .stop = stop.get_token()}); });
  stop.request_stop();
  waiter.join();
  CHECK(answer.error().fault == Fault::aborted);
  release->count_down();
}

TEST_CASE("all who ask for one name share one lookup, and its answer is kept") {
  std::atomic<int> asked = 0;
  const Resolver resolver([&](const std::string&) -> Expected<std::vector<Address>> {
    ++asked;
    return one();
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) threads.emplace_back([&] { CHECK(resolver("shared.test", {})->size() == 1); });
  for (auto& t : threads) t.join();
  CHECK(asked == 1);
}

TEST_CASE("failures and empty answers are errors and are asked again") {
  int asked = 0;
  const Resolver resolver([&](const std::string&) -> Expected<std::vector<Address>> {
    if (++asked == 1) return fail(Fault::outage, "network.name_not_found");
    if (asked == 2) return std::vector<Address>();
    return one();
  });
  CHECK(resolver("new.test", {}).error().reason.code() == "network.name_not_found");
  CHECK(resolver("new.test", {}).error().reason.code() == "network.name_not_found");
  CHECK(resolver("new.test", {}).has_value());
}

TEST_CASE("the system resolver knows localhost") {
  const auto answer = Resolver()("localhost", {});
  REQUIRE(answer);
  for (const Address& a : *answer) CHECK_FALSE(is_public(a));
}
