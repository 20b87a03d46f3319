// The real client against a scripted server: what goes over the wire, and what each kind of failure means.
#include "http/curl_net.hpp"

#include "support/http_setup.hpp"
#include "support/raw_server.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <string>
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
  while (!c.read_request().empty()) c.answer(200, "ok", "X-Seen: yes\r\n");
}

const char* name(Fault fault) {
  switch (fault) {
  case Fault::outage: return "outage";
  case Fault::uncertain: return "uncertain";
  case Fault::permanent: return "permanent";
  case Fault::aborted: return "aborted";
  default: return "another";
  }
}

} // namespace

TEST_CASE("an answer of any status is a value with status, headers, body and URL") {
  RawServer server(answer_all);
  CurlClient client({}, open_guard());
  const auto answer = client.send(get(server.url("/x?y")));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == "ok");
  CHECK(answer->header("x-seen") == "yes");
  CHECK(answer->url == server.url("/x?y"));
  RawServer angry([](Connection& c) {
    c.read_request();
    c.answer(503, "later");
  });
  CHECK(client.send(get(angry.url()))->status == 503);
}

TEST_CASE("a date to try again at counts from now where the answer has no date of its own") {
  std::string headers;
  RawServer busy([&](Connection& c) {
    while (!c.read_request().empty()) c.answer(503, "later", headers);
  });
  CurlClient client({}, open_guard());
  const auto asked = [&](std::string more) {
    headers = std::move(more);
    return retry_after(*client.send(get(busy.url())));
  };
  const std::string far = "Retry-After: Sat, 06 Nov 2094 08:49:37 GMT\r\n";
  CHECK(asked(far) == std::chrono::hours(24)); // at most
  CHECK(asked(far + "Date: Sat, 06 Nov 2094 08:49:07 GMT\r\n") == std::chrono::seconds(30));
  CHECK_FALSE(asked("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  CHECK(asked("Retry-After: 7\r\n") == std::chrono::seconds(7));
}

TEST_CASE("methods and bodies go out as given, nothing is added") {
  RawServer server(answer_all);
  CurlClient client({.user_agent = "milkrun/test"}, open_guard());
  for (const std::string method : {"POST", "PUT", "PATCH", "DELETE"}) {
    for (const std::string body : {"", "a=b", "{\"x\":\"\xc3\xa4\"}"}) {
      CAPTURE(method);
      CAPTURE(body);
      Request r = post(server.url("/m"), body, Effect::repeatable);
      r.method = method;
      r.headers = {{"X-Empty", ""}};
      REQUIRE(client.send(r));
      const std::string seen = server.seen().back().text;
      CHECK(seen.starts_with(method + " /m HTTP/1.1\r\n"));
      CHECK(seen.ends_with("\r\n\r\n" + body));
      CHECK((seen.find("Content-Length: " + std::to_string(body.size())) != std::string::npos) ==
            !(method == "DELETE" && body.empty()));
      CHECK(seen.find("\r\nX-Empty:\r\n") != std::string::npos);
      CHECK(seen.find("\r\nUser-Agent: milkrun/test\r\n") != std::string::npos);
      CHECK(seen.find("Content-Type") == std::string::npos);
      CHECK(seen.find("Expect") == std::string::npos);
      CHECK(seen.find("Cookie") == std::string::npos);
    }
  }
  Request head = get(server.url());
  head.method = "HEAD";
  RawServer heads([](Connection& c) {
    while (!c.read_request().empty()) c.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  });
  head.url = heads.url();
  CHECK(client.send(head)->status == 200);
}

TEST_CASE("a large body arrives whole and at once") {
  RawServer server(answer_all);
  CurlClient client({}, open_guard());
  const std::string body(3 * 1024 * 1024, 'x');
  REQUIRE(client.send(post(server.url(), body, Effect::once)));
  CHECK(server.seen().back().text.ends_with(body));
}

TEST_CASE("where two tenants share a connection, each has its own credential, and cookies stay nowhere") {
  RawServer server([](Connection& c) {
    while (!c.read_request().empty()) c.answer(200, "ok", "Set-Cookie: session=1; Path=/\r\n");
  });
  CurlClient client({}, open_guard());
  for (int i = 0; i < 6; ++i) {
    const std::string tenant = i % 2 == 0 ? "asha" : "bolt";
    Request r = post(server.url(), "x", Effect::once);
    r.caller.tenant = tenant;
    r.shared_host = true;
    r.secret_headers = {{"Authorization", Secret("Bearer of-" + tenant), server.host()}};
    REQUIRE(client.send(r));
    const std::string seen = server.seen().back().text;
    CHECK(seen.find("\r\nAuthorization: Bearer of-" + tenant + "\r\n") != std::string::npos);
    CHECK(seen.find("session") == std::string::npos);
  }
  Request plain = get(server.url());
  plain.shared_host = true;
  REQUIRE(client.send(plain));
  CHECK(server.seen().back().text.find("Authorization") == std::string::npos);
  CHECK(server.connections() == 1);
}

TEST_CASE("bytes sent decide what a failure means") {
  struct Row {
    std::string what;
    RawServer::Script script;
    std::string reason, read, once; // fault words for read or repeatable, and for once
    int status = 0;
  };
  const auto reply = [](std::string bytes) {
    return [bytes = std::move(bytes)](Connection& c) {
      c.read_request();
      c.write(bytes);
    };
  };
  const auto stall = [](std::string bytes) {
    return [bytes = std::move(bytes)](Connection& c) {
      c.read_request();
      c.write(bytes);
      c.wait_for_close();
    };
  };
  const std::vector<Row> rows{
      {"reset after the request was read",
       [](Connection& c) {
         c.read_request();
         c.reset();
       },
       "network.connection_lost", "outage", "uncertain"},
      {"clean close after the request was read", [](Connection& c) { c.read_request(); }, "network.connection_lost",
       "outage", "uncertain"},
      {"silence", stall(""), "network.no_answer_in_time", "outage", "uncertain"},
      {"status line, then silence", stall("HTTP/1.1 201 Created\r\n"), "network.no_answer_in_time", "outage",
       "uncertain", 201},
      {"body cut", reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"), "network.answer_cut_short", "outage",
       "uncertain", 200},
      {"chunk cut", reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc"), "network.answer_cut_short",
       "outage", "uncertain", 200},
      {"no http answer", reply("SSH-2.0-OpenSSH_9.2\r\n\r\n"), "network.not_http", "outage", "uncertain"},
      {"interim answer, then close", reply("HTTP/1.1 100 Continue\r\n\r\n"), "network.connection_lost", "outage",
       "uncertain"},
      {"bad gzip", reply("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n\x1f\x8bt gzip!"),
       "network.bad_content_encoding", "outage", "uncertain", 200},
  };
  for (const Row& row : rows) {
    for (const Effect effect : {Effect::read, Effect::repeatable, Effect::once}) {
      CAPTURE(row.what);
      CAPTURE(static_cast<int>(effect));
      RawServer server(row.script);
      CurlClient client({}, open_guard());
      Request r = post(server.url(), "body", effect);
      r.timeout = Millis(1000);
      const auto answer = client.send(r);
      REQUIRE_FALSE(answer);
      CHECK(answer.error().reason.code() == row.reason);
      CHECK(name(answer.error().fault) == (effect == Effect::once ? row.once : row.read));
      CHECK(answer.error().http_status == row.status);
      CHECK(server.seen().size() == 1);
    }
  }
}

TEST_CASE("a refused connection sent nothing: transient even for once") {
  int port = 0;
  {
    const RawServer gone([](Connection&) {});
    port = gone.port();
  }
  CurlClient client({}, open_guard());
  const auto answer = client.send(post("http://127.0.0.1:" + std::to_string(port) + "/", "x", Effect::once));
  CHECK(answer.error().reason.code() == "network.cannot_connect");
  CHECK(answer.error().fault == Fault::outage);
}

TEST_CASE("an answer before the upload ended is an answer") {
  RawServer server([](Connection& c) {
    c.read_head();
    c.answer(413, "too much", "Connection: close\r\n");
    c.shut();
    c.wait_for_close();
  });
  CurlClient client({}, open_guard());
  const auto answer = client.send(post(server.url(), std::string(8 * 1024 * 1024, 'x'), Effect::repeatable));
  REQUIRE(answer);
  CHECK(answer->status == 413);
}

TEST_CASE("what is wrong with the request itself is permanent, with its URL a setting, and nobody is called") {
  RawServer server(answer_all);
  CurlClient client({}, open_guard());
  Request injected = get(server.url());
  injected.headers = {{"X", "a\r\nHost: evil"}};
  CHECK(client.send(injected).error().fault == Fault::permanent);
  Request foreign = get(server.url());
  foreign.secret_headers = {{"X-Key", Secret("k"), "other.test"}};
  CHECK(client.send(foreign).error().reason.code() == "network.credential_for_another_host");
  CHECK(client.send(get("file:///etc/passwd")).error().fault == Fault::setting);
  CHECK(server.connections() == 0);
}

TEST_CASE("interim answers are passed over") {
  RawServer server([](Connection& c) {
    c.read_request();
    c.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    c.answer(200, "ok");
  });
  CurlClient client({}, open_guard());
  const auto answer = client.send(get(server.url()));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->header("link") == "");
}
