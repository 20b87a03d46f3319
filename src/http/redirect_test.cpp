// Redirects are followed by hand: for GET, within the limit, past the guard, and without the secrets.
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

// "/go" redirects to `target`, every other path answers "arrived".
RawServer::Script redirect_to(int status, const std::string& target) {
  return [status, target](Connection& c) {
    for (std::string r = c.read_request(); !r.empty(); r = c.read_request()) {
      if (r.find(" /go ") != std::string::npos)
        c.answer(status, "moved", "Location: " + target + "\r\n");
      else
        c.answer(200, "arrived");
    }
  };
}

Request follow(std::string url, int most = 5) {
  Request r = get(std::move(url));
  r.max_redirects = most;
  return r;
}

} // namespace

TEST_CASE("each redirect status is followed when allowed and is an answer when not") {
  for (const int status : {301, 302, 303, 307, 308}) {
    CAPTURE(status);
    RawServer server(redirect_to(status, "/there"));
    CurlClient client({}, open_guard());
    const auto followed = client.send(follow(server.url("/go")));
    REQUIRE(followed);
    CHECK(followed->body == "arrived");
    CHECK(followed->url == server.url("/there"));
    REQUIRE(followed->hops.size() == 1);
    CHECK(followed->hops[0].status == status);
    CHECK(followed->hops[0].from == server.url("/go"));
    CHECK(followed->hops[0].to == server.url("/there"));
    CHECK(client.send(follow(server.url("/go"), 0))->status == status);
  }
}

namespace {

// Sends everybody in a circle who does not bring all of its cookies; on `away`, to another host first.
RawServer::Script wants_cookies(std::vector<std::string> sets, std::string wanted) {
  return [sets, wanted](Connection& c) {
    std::string lines = "Location: /go\r\n";
    for (const std::string& one : sets) lines += "Set-Cookie: " + one + "\r\n";
    for (std::string r = c.read_request(); !r.empty(); r = c.read_request()) {
      if (r.find("Cookie: " + wanted + "\r\n") != std::string::npos)
        c.answer(200, "arrived");
      else
        c.answer(302, "go on", lines);
    }
  };
}

int cookies_in(const RawServer& server) {
  int n = 0;
  for (const auto& one : server.seen()) n += one.text.find("Cookie:") != std::string::npos ? 1 : 0;
  return n;
}

} // namespace

TEST_CASE("a redirect that sets a cookie gets it back from this call, and from no other one") {
  RawServer server(
      wants_cookies({"seen=1; Path=/; HttpOnly", "a=b", "a=c; Secure", "=x", "novalue", "bad=\xff"}, "seen=1; a=c"));
  CurlClient client({}, open_guard());
  for (int call = 1; call <= 2; ++call) {
    const auto answer = client.send(follow(server.url("/go")));
    REQUIRE(answer);
    CHECK(answer->body == "arrived");
    CHECK(answer->hops.size() == 1);
    CHECK(cookies_in(server) == call); // the first request of the next call brings none
  }
  Request alone = follow(server.url("/go"), 0);
  CHECK(client.send(alone)->status == 302);
}

TEST_CASE("a cookie goes to no other host, and a host that wants another one each time comes to its end") {
  RawServer other(redirect_to(302, "/there"));
  RawServer first([&](Connection& c) {
    for (std::string r = c.read_request(); !r.empty(); r = c.read_request())
      c.answer(302, "go on", "Set-Cookie: a=b\r\nLocation: " + other.url("/go") + "\r\n");
  });
  CurlClient client({}, open_guard());
  CHECK(client.send(follow(first.url("/")))->body == "arrived");
  CHECK(cookies_in(other) == 0);
  std::vector<std::string> many(30, "k");
  for (std::size_t i = 0; i < many.size(); ++i) many[i] += std::to_string(i) + "=" + std::string(400, 'v');
  RawServer greedy(wants_cookies(many, "never"));
  CHECK(client.send(follow(greedy.url("/go"))).error().reason.code() == "network.too_many_redirects");
  for (const auto& one : greedy.seen()) CHECK(one.text.size() < 6'000);
}

TEST_CASE("what is no redirect is not followed") {
  for (const int status : {300, 304, 305, 306, 200}) {
    CAPTURE(status);
    RawServer server([status](Connection& c) {
      c.read_request();
      c.write("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: 0\r\nLocation: /there\r\n\r\n");
      c.wait_for_close();
    });
    CurlClient client({}, open_guard());
    CHECK(client.send(follow(server.url("/go")))->status == status);
  }
  RawServer nowhere([](Connection& c) {
    c.read_request();
    c.answer(301, "");
    c.wait_for_close();
  });
  CurlClient client({}, open_guard());
  CHECK(client.send(follow(nowhere.url()))->status == 301);
}

TEST_CASE("a POST is never redirected, whatever the status") {
  for (const int status : {301, 302, 303, 307, 308}) {
    CAPTURE(status);
    RawServer server(redirect_to(status, "/there"));
    CurlClient client({}, open_guard());
    Request r = post(server.url("/go"), "x", Effect::once);
    r.max_redirects = 5;
    CHECK(client.send(r)->status == status);
    CHECK(server.seen().size() == 1);
  }
}

TEST_CASE("loops and long chains end at the limit") {
  RawServer server(redirect_to(302, "/go"));
  CurlClient client({}, open_guard());
  const auto answer = client.send(follow(server.url("/go"), 3));
  CHECK(answer.error().reason.code() == "network.too_many_redirects");
  CHECK(answer.error().fault == Fault::outage);
  CHECK(server.seen().size() == 4);
}

TEST_CASE("secrets stay on their host and port, also when the way leads back") {
  RawServer other([](Connection& c) {
    while (!c.read_request().empty()) c.answer(200, "arrived");
  });
  const auto with_secret = [](Request r, const RawServer& home) {
    r.secret_headers = {{"Authorization", Secret("Bearer canary"), home.host()},
                        {"X-Api-Key", Secret("canary"), home.host()}};
    return r;
  };
  CurlClient client({}, open_guard());

  RawServer away(redirect_to(302, other.url("/x")));
  REQUIRE(client.send(with_secret(follow(away.url("/go")), away)));
  CHECK(away.seen()[0].text.find("canary") != std::string::npos);
  REQUIRE(other.seen().size() == 1);
  CHECK(other.seen()[0].text.find("canary") == std::string::npos);

  RawServer home(redirect_to(307, "/there"));
  REQUIRE(client.send(with_secret(follow(home.url("/go")), home)));
  CHECK(home.seen()[1].text.find("Bearer canary") != std::string::npos);

  std::string back;
  RawServer middle([&back](Connection& c) {
    while (!c.read_request().empty()) c.answer(302, "", "Location: " + back + "\r\n");
  });
  RawServer first(redirect_to(302, middle.url("/")));
  back = first.url("/there");
  REQUIRE(client.send(with_secret(follow(first.url("/go")), first)));
  REQUIRE(first.seen().size() == 2);
  CHECK(first.seen()[1].text.find("canary") == std::string::npos);
}

TEST_CASE("each hop passes the guard and stays on http(s)") {
  struct Row {
    std::string target, reason;
  };
  const std::vector<Row> rows{
      {"file:///etc/passwd", "network.bad_redirect"},
      {"gopher://127.0.0.1/", "network.bad_redirect"},
      {"http://user:pw@127.0.0.1/", "network.bad_redirect"},
      {"http://169.254.169.254/latest/meta-data/", "network.address_not_allowed"},
      {"http://10.0.0.1/", "network.address_not_allowed"},
      {"http://[::ffff:10.0.0.1]/", "network.address_not_allowed"},
      {"//192.168.0.1/", "network.address_not_allowed"},
      {"http://8.8.8.8/", "network.address_not_allowed"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    RawServer server(redirect_to(302, row.target));
    CurlClient client({}, open_guard());
    const auto answer = client.send(follow(server.url("/go")));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().reason.code() == row.reason);
    CHECK(answer.error().fault == Fault::outage);
  }
}
