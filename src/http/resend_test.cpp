// libcurl re-sends a request whose reused connection died before an answer. For anything but a read it must not.
#include "http/curl_client.hpp"

#include "support/http_setup.hpp"
#include "support/raw_server.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <string>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::Connection;
using milkrun::test::get;
using milkrun::test::open_guard;
using milkrun::test::post;
using milkrun::test::RawServer;

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
