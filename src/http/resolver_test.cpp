// The resolver: sharing, memory and places, with lookups that tests hold back.
#include "http/resolver.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace milkrun;
using namespace milkrun::http;

namespace {

std::vector<Address> one() { return {Address::parse("93.184.216.34").value()}; }

// Asks and waits.
Addresses ask(const Resolver& resolver, const std::string& host) {
  std::promise<Addresses> told;
  if (auto known = resolver(host, [&](const Addresses& a) { told.set_value(a); })) return *std::move(known);
  return told.get_future().get();
}

} // namespace

TEST_CASE("who asks is never held up, and the late answer serves the next one") {
  std::latch release(1);
  const Resolver resolver([&](const std::string&) -> Addresses {
    release.wait();
    return one();
  });
  std::promise<Addresses> told;
  CHECK_FALSE(resolver("stuck.test", [&](const Addresses& a) { told.set_value(a); })); // came back
  release.count_down();
  CHECK(told.get_future().get()->size() == 1);
  const auto known = resolver("stuck.test", [](const Addresses&) { FAIL("asked again"); });
  REQUIRE(known);
  CHECK(known->has_value());
}

TEST_CASE("all who ask for one name share one lookup, and its answer is kept") {
  std::atomic<int> asked = 0;
  const Resolver resolver([&](const std::string&) -> Addresses {
    ++asked;
    return one();
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) threads.emplace_back([&] { CHECK(ask(resolver, "shared.test")->size() == 1); });
  for (auto& t : threads) t.join();
  CHECK(asked == 1);
}

TEST_CASE("failures and empty answers are errors and are asked again") {
  int asked = 0;
  const Resolver resolver([&](const std::string&) -> Addresses {
    if (++asked == 1) return fail(Fault::outage, "network.name_not_found");
    if (asked == 2) return std::vector<Address>();
    return one();
  });
  CHECK(ask(resolver, "new.test").error().reason.code() == "network.name_not_found");
  CHECK(ask(resolver, "new.test").error().reason.code() == "network.name_not_found");
  CHECK(ask(resolver, "new.test").has_value());
}

TEST_CASE("a domain whose name server is slow holds eight places; other names are looked up meanwhile") {
  std::latch release(1);
  std::atomic<int> stuck = 0, most_stuck = 0;
  const Resolver resolver([&](const std::string& host) -> Addresses {
    if (!host.ends_with("slow.test")) return one();
    most_stuck = std::max<int>(++stuck, most_stuck);
    release.wait();
    --stuck;
    return one();
  });
  std::latch all(500);
  for (int i = 0; i < 500; ++i)
    CHECK_FALSE(resolver("h" + std::to_string(i) + ".slow.test", [&](const Addresses&) { all.count_down(); }));
  for (int i = 0; i < 500; ++i) CHECK(ask(resolver, "www.other" + std::to_string(i) + ".test"));
  release.count_down();
  all.wait();
  CHECK(most_stuck <= 8);
}

TEST_CASE("more names than places wait their turn, none is refused") {
  std::latch release(1);
  std::atomic<int> running = 0, most = 0;
  const Resolver resolver([&](const std::string&) -> Addresses {
    most = std::max<int>(++running, most);
    release.wait();
    --running;
    return one();
  });
  std::latch all(600);
  std::atomic<int> good = 0;
  for (int i = 0; i < 600; ++i) {
    CHECK_FALSE(resolver("name" + std::to_string(i) + ".test", [&](const Addresses& a) {
      if (a) ++good;
      all.count_down();
    }));
  }
  release.count_down();
  all.wait();
  CHECK(good == 600);
  CHECK(most <= 128);
}

TEST_CASE("a domain is what one registers") {
  CHECK(domain_of("example.org") == "example.org");
  CHECK(domain_of("a.b.example.org") == "example.org");
  CHECK(domain_of("www.example.co.uk") == "example.co.uk");
  CHECK(domain_of("example.co.uk") == "example.co.uk");
  CHECK(domain_of("co.uk") == "co.uk");
  CHECK(domain_of("www.example.com.br") == "example.com.br");
  CHECK(domain_of("localhost") == "localhost");
}

TEST_CASE("the system resolver knows localhost") {
  const auto answer = ask(Resolver(), "localhost");
  REQUIRE(answer);
  for (const Address& a : *answer) CHECK_FALSE(is_public(a));
}
