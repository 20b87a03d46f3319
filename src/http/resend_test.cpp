// libcurl re-sends a request whose reused connection died before an answer. For anything but a read it must not.
#include "http/curl_net.hpp"

#include "support/http_setup.hpp"
#include "support/raw_server.hpp"
#include "support/tls_stream.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::Connection;
using milkrun::test::CurlClient;
using milkrun::test::get;
using milkrun::test::open_guard;
using milkrun::test::post;
using milkrun::test::RawServer;
using milkrun::test::TestTls;

namespace {

// Answers the first request, reads the second whole and drops the connection. Any later connection answers.
RawServer::Script die_on_second(bool by_reset) {
  return [by_reset](Connection& c) {
    c.read_request();
    c.answer(200, "first");
    if (c.index() > 0) return c.wait_for_close();
    c.read_request();
    if (by_reset) c.reset();
  };
}

void answer_whatever(Connection& c) {
  while (!c.read_request().empty()) c.answer(200, "ok");
}

} // namespace

TEST_CASE("a POST on a reused connection that dies is seen once by the server, and its end is told") {
  for (const bool by_reset : {false, true}) {
    for (const std::string body : {"body", ""}) {
      for (const Effect effect : {Effect::repeatable, Effect::once}) {
        CAPTURE(by_reset);
        CAPTURE(body);
        CAPTURE(static_cast<int>(effect));
        RawServer server(die_on_second(by_reset));
        CurlClient client({}, open_guard());
        REQUIRE(client.send(post(server.url("/1"), body, effect)));
        const auto second = client.send(post(server.url("/2"), body, effect));
        REQUIRE_FALSE(second);
        CHECK(second.error().reason.code() == "network.connection_lost");
        CHECK(second.error().fault == (effect == Effect::once ? Fault::uncertain : Fault::outage));
        CHECK(server.seen().size() == 2);
      }
    }
  }
}

// Bodies that go out with the head, after it, and in many pieces; plain and by TLS.
TEST_CASE("no size of body and no transport is sent twice") {
  const TestTls tls;
  for (const bool secure : {false, true}) {
    for (const bool by_reset : {false, true}) {
      for (const std::size_t size : {1UL, 20'000UL, 65'536UL, 200'000UL, 3'000'000UL}) {
        CAPTURE(secure);
        CAPTURE(by_reset);
        CAPTURE(size);
        RawServer server(die_on_second(by_reset), secure ? tls.wrap() : RawServer::Wrap());
        CurlClient client({.ca_file = tls.ca_file()}, open_guard());
        const std::string url = (secure ? "https://" : "http://") + server.host() + "/";
        REQUIRE(client.send(post(url, "x", Effect::once)));
        const auto second = client.send(post(url, std::string(size, 'y'), Effect::once));
        REQUIRE_FALSE(second);
        CHECK(second.error().fault == Fault::uncertain);
        CHECK(server.seen().size() == 2);
      }
    }
  }
}

// The server reads the head and goes: part of the body is still here.
TEST_CASE("a body that was cut in the middle is not begun again") {
  RawServer server([](Connection& c) {
    if (c.index() > 0) return answer_whatever(c);
    c.read_request();
    c.answer(200, "first");
    if (!c.read_head().empty()) c.reset();
  });
  CurlClient client({}, open_guard());
  REQUIRE(client.send(post(server.url(), "x", Effect::once)));
  const auto second = client.send(post(server.url(), std::string(8'000'000, 'y'), Effect::once));
  REQUIRE_FALSE(second);
  CHECK(second.error().fault == Fault::uncertain);
  CHECK(server.seen().size() == 1); // whole ones
}

TEST_CASE("a once call takes no connection that idled longer than its limit, a read does") {
  CHECK(CurlOptions{}.once_idle == std::chrono::seconds(4));
  for (const Effect effect : {Effect::read, Effect::once}) {
    RawServer server([](Connection& c) { answer_whatever(c); });
    CurlClient client({.once_idle = std::chrono::seconds(0)}, open_guard()); // libcurl counts whole seconds
    const auto begun = std::chrono::steady_clock::now();
    REQUIRE(client.send(post(server.url(), "x", effect)));
    // No clock can be set forward inside libcurl: a second has to pass.
    std::this_thread::sleep_until(begun + std::chrono::milliseconds(1'200));
    REQUIRE(client.send(post(server.url(), "x", effect)));
    CHECK(server.connections() == (effect == Effect::once ? 2 : 1));
  }
}

TEST_CASE("other methods of effect once are not sent twice either") {
  for (const std::string method : {"GET", "DELETE", "PUT"}) {
    CAPTURE(method);
    RawServer server(die_on_second(false));
    CurlClient client({}, open_guard());
    Request r = post(server.url(), "", Effect::once);
    r.method = method;
    REQUIRE(client.send(r));
    CHECK(client.send(r).error().fault == Fault::uncertain);
    CHECK(server.seen().size() == 2);
  }
}

TEST_CASE("a read may be sent again on a new connection") {
  RawServer server(die_on_second(false));
  CurlClient client({}, open_guard());
  REQUIRE(client.send(get(server.url("/1"))));
  const auto second = client.send(get(server.url("/2")));
  REQUIRE(second);
  CHECK(second->body == "first");
  CHECK(server.seen().size() == 3);
}

TEST_CASE("a connection the server closed while it idled costs nothing: the next call takes a new one") {
  RawServer server([](Connection& c) {
    c.read_request();
    c.answer(200, "ok");
    c.shut();
    c.wait_for_close();
  });
  CurlClient client({}, open_guard());
  for (int i = 0; i < 20; ++i) {
    const auto answer = client.send(post(server.url(), "x", Effect::repeatable));
    // The FIN may still be on its way when the next call starts: then the call fails, but is never doubled.
    if (!answer) CHECK(answer.error().fault == Fault::outage);
  }
  CHECK(server.seen().size() <= 20);
}
