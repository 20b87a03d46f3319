// Arming: no durable mark, no byte; one effect per item and it comes last.
#include "http/armed.hpp"

#include "support/fakes.hpp"
#include "support/http_setup.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <stdexcept>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::get;
using milkrun::test::post;

TEST_CASE("only a once request is armed, right before it is handed on") {
  test::FakeHttp inner;
  inner.answer(200, "");
  inner.answer(201, "");
  std::string armed;
  std::size_t sent_when_armed = 99;
  Armed client(inner, [&](const Request&, const std::string& digest) -> Expected<void> {
    armed = digest;
    sent_when_armed = inner.sent.size();
    return {};
  });
  CHECK(client.send(get("https://h/")));
  CHECK(armed.empty());
  CHECK(client.last_status() == 200);
  CHECK(client.send(post("https://h/p", "body", Effect::once)));
  CHECK(armed.size() == 64);
  CHECK(sent_when_armed == 1);
  CHECK(client.calls() == 2);
  CHECK(client.last_status() == 201);
}

TEST_CASE("when arming fails its error comes back and nothing is sent") {
  test::FakeHttp inner;
  Armed client(inner,
               [](const Request&, const std::string&) -> Expected<void> { return fail(Fault::aborted, "run.taken_over"); });
  CHECK(client.send(post("https://h/p", "body", Effect::once)).error().reason.code() == "run.taken_over");
  CHECK(inner.sent.empty());
  CHECK(client.calls() == 0);
}

TEST_CASE("the time that arming took is the call's own, so that a process stopped there sends nothing late") {
  test::FakeHttp inner;
  inner.answer(201, "");
  const auto before = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point armed;
  Armed client(inner, [&](const Request&, const std::string&) -> Expected<void> {
    armed = std::chrono::steady_clock::now();
    return {};
  });
  Request request = post("https://h/p", "body", Effect::once);
  request.timeout = Millis(5'000);
  CHECK(client.send(request));
  REQUIRE(inner.sent.at(0).end_by);
  CHECK(*inner.sent[0].end_by >= before + Millis(5'000));
  CHECK(*inner.sent[0].end_by <= armed + Millis(5'000));
}

TEST_CASE("anything after the once request is a bug") {
  test::FakeHttp inner;
  inner.answer(201, "");
  Armed client(inner, [](const Request&, const std::string&) -> Expected<void> { return {}; });
  CHECK(client.send(post("https://h/p", "body", Effect::once)));
  CHECK_THROWS_AS(client.send(post("https://h/p", "body", Effect::once)), std::logic_error);
  CHECK_THROWS_AS(client.send(get("https://h/")), std::logic_error);
  CHECK(inner.sent.size() == 1);
}

TEST_CASE("the digest tells requests apart") {
  const auto digest = [](Request r) {
    test::FakeHttp inner;
    std::string out;
    Armed client(inner, [&](const Request&, const std::string& d) -> Expected<void> {
      out = d;
      return {};
    });
    static_cast<void>(client.send(r));
    return out;
  };
  const std::string base = digest(post("https://h/p", "body", Effect::once));
  CHECK(base == digest(post("https://h/p", "body", Effect::once)));
  CHECK(base != digest(post("https://h/p", "bodz", Effect::once)));
  CHECK(base != digest(post("https://h/q", "body", Effect::once)));
}

TEST_CASE("the status of a failed call is kept when one was seen") {
  test::FakeHttp inner;
  inner.answers.push_back(
      std::unexpected(Error{.fault = Fault::uncertain, .reason = "network.answer_cut_short", .http_status = 201}));
  Armed client(inner, [](const Request&, const std::string&) -> Expected<void> { return {}; });
  CHECK_FALSE(client.send(post("https://h/p", "body", Effect::once)));
  CHECK(client.last_status() == 201);
}
