// Equal questions that are asked at once, or right after another, are one; everything else goes out by itself.
#include "http/sharing.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <set>

using namespace milkrun;
using namespace milkrun::http;

namespace {

std::chrono::steady_clock::time_point time_now;
std::chrono::steady_clock::time_point shown() { return time_now; }

struct Inner final : Net {
  std::vector<std::uint64_t> asked;
  std::vector<Answer> answers;
  int nudges = 0;
  void submit(std::uint64_t ticket, Request) override { asked.push_back(ticket); }
  std::vector<Answer> collect() override { return std::exchange(answers, {}); }
  void wait(Millis) override {}
  void nudge() override { ++nudges; }
};

Request token(const std::string& body = "grant", const std::string& tenant = "asha") {
  return {.method = "POST",
          .url = "https://t.example/token",
          .body = body,
          .effect = Effect::repeatable,
          .caller = {tenant, "email"}};
}

std::set<std::uint64_t> tickets(const std::vector<Net::Answer>& answers) {
  std::set<std::uint64_t> out;
  for (const Net::Answer& one : answers) out.insert(one.ticket);
  CHECK(out.size() == answers.size());
  return out;
}

} // namespace

TEST_CASE("a hundred who ask at once are one question, and all get its answer") {
  Inner inner;
  SharingNet net(inner, "email", shown);
  for (std::uint64_t i = 1; i <= 100; ++i) net.submit(i, token());
  CHECK(inner.asked == std::vector<std::uint64_t>{1});
  CHECK(net.collect().empty());
  inner.answers.push_back({1, Response{.status = 200, .body = "T"}});
  const auto all = net.collect();
  CHECK(tickets(all).size() == 100);
  for (const Net::Answer& one : all) CHECK(one.response->body == "T");
  net.submit(101, token()); // a moment later
  CHECK(inner.asked.size() == 1);
  CHECK(inner.nudges == 1); // whoever waits for an answer is woken
  CHECK(net.collect().at(0).response->body == "T");
  time_now += SharingNet::kept_for;
  net.submit(102, token());
  CHECK(inner.asked.size() == 2);
}

TEST_CASE("a question that failed is told to all who asked, and asked again by the next one") {
  Inner inner;
  SharingNet net(inner, "email", shown);
  net.submit(1, token());
  net.submit(2, token());
  inner.answers.push_back({1, Response{.status = 400}});
  CHECK(tickets(net.collect()) == std::set<std::uint64_t>{1, 2});
  net.submit(3, token());
  CHECK(inner.asked == std::vector<std::uint64_t>{1, 3});
  inner.answers.push_back({3, fail(Fault::outage, "network.connection_lost")});
  CHECK_FALSE(net.collect().at(0).response);
  net.submit(4, token());
  CHECK(inner.asked.size() == 3);
}

TEST_CASE("another tenant's question, another question, a mail and other services' calls go out by themselves") {
  Inner inner;
  SharingNet net(inner, "email", shown);
  Request mail = token(), callback = token(), read = token();
  mail.envelope = Envelope{};
  callback.caller.service = "portal-callback";
  read.effect = Effect::read;
  std::uint64_t ticket = 0;
  for (const Request& one :
       {token(), token("other"), token("grant", "bolt"), mail, mail, callback, callback, read, read})
    net.submit(++ticket, one);
  CHECK(inner.asked.size() == 9);
}
