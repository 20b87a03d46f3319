// The network door of a run: calls go in, each gets exactly one answer, and nobody waits for another's trouble.
#include "http/curl_net.hpp"

#include "support/http_setup.hpp"
#include "support/raw_server.hpp"

#include <ostream>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <latch>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace milkrun;
using namespace milkrun::http;
using milkrun::test::allow;
using milkrun::test::Connection;
using milkrun::test::get;
using milkrun::test::names;
using milkrun::test::open_guard;
using milkrun::test::post;
using milkrun::test::RawServer;

namespace {

void answer_all(Connection& c) {
  while (!c.read_request().empty()) c.answer(200, "ok");
}

// Waits until n answers are there; a ticket that is answered twice fails the test.
std::map<std::uint64_t, Expected<Response>> collect(Net& net, std::size_t n) {
  std::map<std::uint64_t, Expected<Response>> out;
  while (out.size() < n) {
    net.wait(Millis(60'000));
    for (Net::Answer& a : net.collect()) CHECK(out.emplace(a.ticket, std::move(a.response)).second);
  }
  return out;
}

const Resolve stuck = [](const std::string& host, const Resolved& done) -> std::optional<Addresses> {
  if (host == "stuck.test") return std::nullopt; // and never calls back
  return names({{"good.test", {"127.0.0.1"}}})(host, done);
};

// A server that takes nobody in: its queue is full, so that a connect gets neither yes nor no.
class Full {
public:
  Full() {
    sockaddr_in at{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    REQUIRE(bind(sockets_[0], address, size) == 0);
    REQUIRE(listen(sockets_[0], 0) == 0);
    REQUIRE(getsockname(sockets_[0], address, &size) == 0);
    port_ = ntohs(at.sin_port);
    for (std::size_t i = 1; i < sockets_.size(); ++i) connect(sockets_[i], address, size);
  }
  ~Full() {
    for (const int s : sockets_) close(s);
  }
  Full(const Full&) = delete;
  Full& operator=(const Full&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

private:
  static int made() { return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }
  std::array<int, 4> sockets_{made(), made(), made(), made()};
  int port_ = 0;
};

std::string reason(const Expected<Response>& r) { return r ? "ok" : std::string(r.error().reason.code()); }

} // namespace

TEST_CASE("after quit its connections are closed while whoever made the calls still does something else") {
  std::atomic<bool> gone = false;
  RawServer server([&](Connection& c) {
    answer_all(c);
    gone = true;
    gone.notify_one();
  });
  CurlNet net({}, open_guard());
  net.submit(1, get(server.url()));
  CHECK(reason(collect(net, 1).at(1)) == "ok");
  CHECK(!gone);
  net.quit();
  gone.wait(false); // and net is still there
  net.nudge();
  net.wait(Millis(60'000));
  CHECK(net.collect().empty());
}

TEST_CASE("every ticket gets one answer: good, refused, unresolved, late and lost") {
  RawServer server(answer_all), deaf([](Connection& c) { c.read_request(); });
  CurlNet net({}, Guard({allow("127.0.0.0/8")}, {80, 443}, stuck));
  net.submit(1, post(server.url(), "x", Effect::once));
  net.submit(2, get("file:///etc/passwd"));
  net.submit(3, get("https://unknown.test/"));
  net.submit(4, post(deaf.url(), "x", Effect::once));
  Request late = get(server.url());
  late.timeout = Millis(0);
  net.submit(5, late);
  Request bad = get(server.url());
  bad.headers = {{"X", "a\r\nb"}};
  net.submit(6, bad);
  Request nameless = get("https://stuck.test/");
  nameless.connect_timeout = Millis(20);
  net.submit(7, nameless);
  auto answers = collect(net, 7);
  CHECK(reason(answers.at(1)) == "ok");
  CHECK(reason(answers.at(2)) == "network.bad_url");
  CHECK(reason(answers.at(3)) == "network.name_not_found");
  CHECK(answers.at(4).error().fault == Fault::uncertain);
  CHECK(reason(answers.at(5)) == "network.no_time_left");
  CHECK(reason(answers.at(6)) == "network.bad_header");
  CHECK(reason(answers.at(7)) == "network.lookup_timed_out");
  CHECK(answers.at(7).error().fault == Fault::outage);
  CHECK(net.collect().empty());
}

TEST_CASE("who waits for a name holds up nobody") {
  RawServer server(answer_all);
  CurlNet net({.most_open = 4}, Guard({allow("127.0.0.0/8")}, {80, 443}, stuck));
  for (std::uint64_t i = 0; i < 100; ++i) net.submit(1000 + i, get("https://stuck.test/"));
  const std::string url = "http://good.test:" + std::to_string(server.port()) + "/";
  for (std::uint64_t i = 0; i < 100; ++i) net.submit(i, get(url));
  for (const auto& [ticket, answer] : collect(net, 100)) {
    CHECK(ticket < 100);
    CHECK(answer.has_value());
  }
}

TEST_CASE("a thousand calls are open at once on one thread") {
  std::latch all(1000), release(1);
  RawServer server([&](Connection& c) {
    const std::string request = c.read_request();
    all.count_down();
    release.wait();
    c.answer(200, request.substr(request.find("\r\n\r\n") + 4));
    c.wait_for_close();
  });
  CurlNet net({.in_flight = 1000}, open_guard());
  for (std::uint64_t i = 0; i < 1000; ++i) net.submit(i, post(server.url(), std::to_string(i), Effect::once));
  all.wait(); // each arrived before any was answered
  CHECK(net.collect().empty());
  release.count_down();
  for (const auto& [ticket, answer] : collect(net, 1000)) {
    REQUIRE(answer);
    CHECK(answer->body == std::to_string(ticket));
  }
}

TEST_CASE("a call without a place starts when another ends, in order of arrival") {
  std::atomic<int> open = 0, most = 0;
  RawServer server([&](Connection& c) {
    while (!c.read_request().empty()) {
      most = std::max<int>(++open, most);
      --open;
      c.answer(200, "ok");
    }
  });
  CurlNet net({.most_open = 2}, open_guard());
  for (std::uint64_t i = 0; i < 200; ++i) net.submit(i, post(server.url(), std::to_string(i), Effect::once));
  CHECK(collect(net, 200).size() == 200);
  CHECK(most <= 2);
  CHECK(server.connections() <= 2);
  std::map<int, std::size_t> last; // by connection
  for (const auto& seen : server.seen()) {
    const auto number = std::stoul(seen.text.substr(seen.text.find("\r\n\r\n") + 4)) + 1;
    CHECK(number > last[seen.connection]);
    last[seen.connection] = number;
  }
}

TEST_CASE("the time of a call that waits for a place runs") {
  RawServer silent([](Connection& c) {
    c.read_request();
    c.wait_for_close();
  });
  CurlNet net({.most_open = 1}, open_guard());
  net.submit(1, get(silent.url()));
  Request impatient = get(silent.url());
  impatient.connect_timeout = Millis(30);
  net.submit(2, impatient);
  const auto answers = collect(net, 1);
  CHECK(reason(answers.at(2)) == "network.no_time_left");
  CHECK(answers.at(2).error().fault == Fault::outage);
  CHECK(silent.seen().size() <= 1);
}

TEST_CASE("wait comes back for a nudge, also for one that was given before, once") {
  CurlNet net({}, open_guard());
  net.nudge();
  net.wait(Millis(3'600'000));
  std::thread other([&] { net.nudge(); });
  net.wait(Millis(3'600'000));
  other.join();
  net.wait(Millis(0));
  CHECK(net.collect().empty());
}

TEST_CASE("after stop what has left may be answered, what has not is aborted at once") {
  std::latch received(2), release(1);
  RawServer server([&](Connection& c) {
    c.read_request();
    received.count_down();
    release.wait();
    c.answer(200, "late");
    c.wait_for_close();
  });
  CurlNet net({.most_open = 3, .grace = Millis(3'600'000)}, Guard({allow("127.0.0.0/8")}, {80, 443}, stuck));
  net.submit(1, post(server.url(), "x", Effect::once));
  net.submit(2, get(server.url()));
  received.wait();
  net.submit(3, post("https://" + server.host() + "/", "x", Effect::once)); // connects, and waits for TLS
  net.submit(4, post(server.url(), "x", Effect::once));                     // without a place
  net.submit(5, post("https://stuck.test/", "x", Effect::once));            // without a name
  net.stop();
  net.submit(6, post(server.url(), "x", Effect::once));
  for (const auto& [ticket, answer] : collect(net, 4)) {
    CHECK(ticket >= 3);
    CHECK(answer.error().fault == Fault::aborted);
    CHECK(answer.error().reason.code() == "network.stopped");
  }
  release.count_down();
  for (const auto& [ticket, answer] : collect(net, 2)) {
    REQUIRE(answer);
    CHECK(answer->body == "late");
  }
  CHECK(server.seen().size() == 2);
}

// libcurl closes their sockets without a word, and their numbers come again for the next ones.
TEST_CASE("connections that never came to be are in nobody's way") {
  const Full full;
  RawServer server(answer_all);
  CurlNet net({}, open_guard());
  std::uint64_t ticket = 0;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 20; ++i) {
      Request vain = get(full.url());
      vain.connect_timeout = Millis(30);
      net.submit(++ticket, vain);
    }
    for (const auto& [t, answer] : collect(net, 20)) CHECK(reason(answer) == "network.connect_timed_out");
    for (int i = 0; i < 20; ++i) net.submit(++ticket, get(server.url()));
    for (const auto& [t, answer] : collect(net, 20)) CHECK(reason(answer) == "ok");
  }
}

TEST_CASE("a redirect is not followed after stop: the next hop has not left") {
  std::latch received(1), release(1);
  RawServer server([&](Connection& c) {
    c.read_request();
    received.count_down();
    release.wait();
    c.answer(302, "", "Location: /next\r\n");
    c.wait_for_close();
  });
  CurlNet net({.grace = Millis(3'600'000)}, open_guard());
  Request r = get(server.url());
  r.max_redirects = 5;
  net.submit(1, r);
  received.wait();
  net.stop();
  net.submit(2, r);
  CHECK(collect(net, 1).contains(2)); // so the stop was heard
  release.count_down();
  CHECK(collect(net, 1).at(1).error().fault == Fault::aborted);
  CHECK(server.seen().size() == 1);
}

TEST_CASE("when the grace is over, open calls end: once is uncertain, the rest aborted") {
  CHECK(CurlOptions{}.grace == Millis(10'000));
  std::latch received(3);
  RawServer silent([&](Connection& c) {
    c.read_request();
    received.count_down();
    c.wait_for_close();
  });
  CurlNet net({.grace = Millis(20)}, open_guard());
  net.submit(1, get(silent.url()));
  net.submit(2, post(silent.url(), "x", Effect::repeatable));
  net.submit(3, post(silent.url(), "x", Effect::once));
  received.wait();
  net.stop();
  const auto answers = collect(net, 3);
  CHECK(answers.at(1).error().fault == Fault::aborted);
  CHECK(answers.at(2).error().fault == Fault::aborted);
  CHECK(answers.at(3).error().fault == Fault::uncertain);
}

TEST_CASE("a name that is found after its call has left, or its net has gone, harms nothing") {
  Resolved late;
  {
    CurlNet net({}, Guard({}, {443}, [&](const std::string&, Resolved done) -> std::optional<Addresses> {
                  late = std::move(done);
                  return std::nullopt;
                }));
    Request r = get("https://slow.test/");
    r.connect_timeout = Millis(1);
    net.submit(1, r);
    CHECK(reason(collect(net, 1).at(1)) == "network.lookup_timed_out");
    late(Addresses(std::vector{Address::parse("127.0.0.1").value()}));
    net.submit(2, get("file:///x"));
    CHECK(collect(net, 1).contains(2));
  }
  late(Addresses(std::vector{Address::parse("127.0.0.1").value()}));
}

TEST_CASE("a handle that was used for one kind of request carries nothing over to the next") {
  RawServer server([](Connection& c) {
    while (true) {
      const std::string request = c.read_request();
      if (request.empty()) return;
      if (request.starts_with("HEAD"))
        c.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
      else
        c.answer(200, "ok");
    }
  });
  CurlNet net({.most_open = 1}, open_guard()); // one handle for all
  const std::vector<std::string> methods{"GET", "HEAD", "POST", "PUT", "DELETE", "PURGE"};
  for (const std::string& before : methods) {
    for (const std::string& after : methods) {
      Request first = before == "POST" || before == "PUT" ? post(server.url("/1"), "a long body", Effect::once)
                                                          : get(server.url("/1"));
      first.method = before;
      first.headers = {{"X-First", "1"}};
      first.secret_headers = {{"Authorization", Secret("Bearer of-first"), server.host()}};
      first.stall_guard = true;
      Request second = get(server.url("/2"));
      second.method = after;
      net.submit(1, first);
      net.submit(2, second);
      auto answers = collect(net, 2);
      CAPTURE(before);
      CAPTURE(after);
      REQUIRE(answers.at(2));
      CHECK(answers.at(2)->body == (after == "HEAD" ? "" : "ok"));
      const std::string seen = server.seen().back().text;
      CHECK(seen.starts_with(after + " /2 HTTP/1.1\r\n"));
      CHECK(seen.ends_with("\r\n\r\n"));
      CHECK(seen.find("irst") == std::string::npos);
      CHECK((seen.find("Content-Length: 0\r\n") != std::string::npos) == (after == "POST" || after == "PUT"));
    }
  }
}
