// Deadlines, abort() and many threads at once.
#include "http/curl_net.hpp"

#include "support/http_setup.hpp"
#include "support/raw_server.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::Connection;
using milkrun::test::CurlClient;
using milkrun::test::get;
using milkrun::test::open_guard;
using milkrun::test::post;
using milkrun::test::RawServer;

namespace {

void answer_all(Connection& c) {
  while (!c.read_request().empty()) c.answer(200, "ok");
}

} // namespace

TEST_CASE("a deadline that has passed sends nothing") {
  RawServer server(answer_all);
  CurlClient client({}, open_guard());
  for (const Millis timeout : {Millis(0), Millis(-5000)}) {
    Request r = post(server.url(), "x", Effect::once);
    r.timeout = timeout;
    const auto answer = client.send(r);
    CHECK(answer.error().reason.code() == "network.no_time_left");
    CHECK(answer.error().fault == Fault::outage);
  }
  Request stopped = post(server.url(), "x", Effect::once); // its process was stopped for longer than it had
  stopped.end_by = std::chrono::steady_clock::now() - Millis(1);
  CHECK(client.send(stopped).error().reason.code() == "network.no_time_left");
  CHECK(server.connections() == 0);
}

TEST_CASE("the timeout covers the whole exchange, redirects included") {
  std::atomic<int> hops = 0;
  RawServer server([&](Connection& c) {
    while (!c.read_request().empty()) {
      if (++hops > 1) return c.wait_for_close();
      c.answer(302, "", "Location: /next\r\n");
    }
  });
  CurlClient client({}, open_guard());
  Request r = get(server.url());
  r.max_redirects = 5;
  r.timeout = Millis(1000);
  CHECK(client.send(r).error().reason.code() == "network.no_answer_in_time");
}

TEST_CASE("a server that drips bytes is cut at the deadline") {
  RawServer server([](Connection& c) {
    c.read_request();
    c.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx");
    c.wait_for_close();
  });
  CurlClient client({}, open_guard());
  Request r = get(server.url());
  r.timeout = Millis(1000);
  r.stall_guard = true;
  const auto answer = client.send(r);
  CHECK(answer.error().reason.code() == "network.no_answer_in_time");
  CHECK(answer.error().http_status == 200);
}

TEST_CASE("abort ends open calls: once with bytes sent is uncertain, the rest is aborted, later calls too") {
  struct Row {
    Effect effect;
    Fault fault;
  };
  for (const Row row : {Row{Effect::read, Fault::aborted}, Row{Effect::repeatable, Fault::aborted},
                        Row{Effect::once, Fault::uncertain}}) {
    CAPTURE(static_cast<int>(row.effect));
    std::latch received(1);
    RawServer server([&](Connection& c) {
      c.read_request();
      received.count_down();
      c.wait_for_close();
    });
    CurlClient client({}, open_guard());
    Expected<Response> answer;
    std::thread caller([&] { answer = client.send(post(server.url(), "x", row.effect)); });
    received.wait();
    client.abort();
    caller.join();
    REQUIRE_FALSE(answer);
    CHECK(answer.error().fault == row.fault);
    CHECK(answer.error().reason.code() == "network.stopped");
    CHECK(client.send(post(server.url(), "x", Effect::once)).error().fault == Fault::aborted);
    CHECK(server.seen().size() == 1);
  }
}

TEST_CASE("abort ends a call that waits for TLS or for a name: unsent, so aborted even for once") {
  std::latch connected(1);
  RawServer mute([&](Connection& c) {
    connected.count_down();
    c.wait_for_close();
  });
  CurlClient client({}, open_guard());
  Expected<Response> answer;
  std::thread caller([&] { answer = client.send(post("https://" + mute.host() + "/", "x", Effect::once)); });
  connected.wait();
  client.abort();
  caller.join();
  CHECK(answer.error().fault == Fault::aborted);

  std::latch asked(1);
  CurlClient second({}, Guard({}, {443}, [&](const std::string&, const Resolved&) -> std::optional<Addresses> {
                      asked.count_down();
                      return std::nullopt; // and never calls back
                    }));
  std::thread waiter([&] { answer = second.send(post("https://stuck.test/", "x", Effect::once)); });
  asked.wait();
  second.abort();
  waiter.join();
  CHECK(answer.error().fault == Fault::aborted);
}

TEST_CASE("abort before the first call, twice, and a client that never sent, are all quiet") {
  CurlClient client({}, open_guard());
  client.abort();
  client.abort();
  CHECK(client.send(get("http://127.0.0.1:1/")).error().fault == Fault::aborted);
  const CurlClient unused({}, open_guard());
}

TEST_CASE("64 threads share one client: every answer reaches its caller") {
  RawServer server([](Connection& c) {
    for (std::string r = c.read_request(); !r.empty(); r = c.read_request())
      c.answer(200, r.substr(r.find("\r\n\r\n") + 4));
  });
  CurlClient client({}, open_guard());
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(t) + "/" + std::to_string(i);
        const auto answer = client.send(post(server.url(), body, Effect::once));
        if (answer && answer->body == body) ++right;
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(right == 64 * 50);
  CHECK(server.seen().size() == 64 * 50);
  CHECK(server.connections() <= 64);
}

TEST_CASE("abort amid many calls loses none of them") {
  RawServer server(answer_all);
  CurlClient client({}, open_guard());
  std::atomic<int> ended = 0, odd = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const auto answer = client.send(post(server.url(), "x", Effect::repeatable));
        ++ended;
        if (!answer && answer.error().fault != Fault::aborted) ++odd;
      }
    });
  }
  while (ended < 400) std::this_thread::yield();
  client.abort();
  for (auto& t : threads) t.join();
  CHECK(ended == 16 * 200);
  CHECK(odd == 0);
}
