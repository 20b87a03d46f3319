// Every fault kind, seen from outside, and what it did to the effect behind it.
#include "fixture.hpp"

#include <doctest/doctest.h>

using namespace milkrun::sandbox::test;
using milkrun::sandbox::SandboxProcess;

namespace {

void plan(const SandboxProcess& sandbox, const Json& fault) { control(sandbox, "POST", "faults", fault); }

std::size_t stored(const SandboxProcess& sandbox) {
  return control(sandbox, "GET", "effects")["posts"].value("asha", Json::array()).size();
}

// An editor's post on a connection of its own.
httplib::Result create(const SandboxProcess& sandbox) {
  auto http = client(sandbox, "editor");
  return post(http, posts_route, {{"title", "t"}});
}

} // namespace

TEST_CASE("connections end by FIN or RST, before or after the post is stored") {
  SandboxProcess& sandbox = fresh_sandbox();
  std::size_t expected = 0;
  for (const auto& [kind, stores] : {std::pair{"close_before", false},
                                     {"reset_before", false},
                                     {"close_after", true},
                                     {"reset_after", true},
                                     {"garbage", true}}) {
    INFO(kind);
    plan(sandbox, {{"route", "site:asha:create"}, {"kind", kind}});
    CHECK_FALSE(create(sandbox));
    expected += stores ? 1 : 0;
    CHECK(stored(sandbox) == expected);
    const Json last = control(sandbox, "GET", "journal").back();
    CHECK(last["processed"] == stores);
    CHECK(last["status"] == (stores ? 201 : 0));
  }
  CHECK(create(sandbox)->status == 201);
}

TEST_CASE("a reset is a reset and a close is a close, on the wire") {
  SandboxProcess& sandbox = fresh_sandbox();
  for (const auto& [kind, error] : {std::pair{"close_after", 0}, {"reset_after", ECONNRESET}}) {
    INFO(kind);
    plan(sandbox, {{"route", "feed:asha"}, {"kind", kind}});
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(fd >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<in_port_t>(sandbox.http_port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const std::string request = "GET /feed/asha HTTP/1.1\r\nHost: x\r\n\r\n";
    REQUIRE(::send(fd, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
    char byte = 0;
    errno = 0;
    const ssize_t got = ::recv(fd, &byte, 1, 0);
    CHECK(got == (error == 0 ? 0 : -1));
    CHECK(errno == error);
    ::close(fd);
  }
}

TEST_CASE("the same faults act on TLS connections") {
  SandboxProcess& sandbox = fresh_sandbox();
  for (const char* kind : {"close_after", "reset_after", "garbage", "cut", "truncate"}) {
    INFO(kind);
    plan(sandbox, {{"route", "feed:asha"}, {"kind", kind}, {"bytes", 40}});
    httplib::SSLClient https("127.0.0.1", sandbox.https_port());
    https.set_ca_cert_path(sandbox.ca_file().c_str());
    CHECK_FALSE(https.Get("/feed/asha"));
    CHECK(https.Get("/feed/asha")->status == 200);
  }
}

TEST_CASE("a status fault answers instead of the service, or after it when asked to") {
  SandboxProcess& sandbox = fresh_sandbox();
  plan(sandbox,
       {{"route", "site:asha:create"}, {"kind", "status"}, {"status", 429}, {"headers", {{"Retry-After", 7}}}});
  const auto limited = create(sandbox);
  CHECK(limited->status == 429);
  CHECK(limited->get_header_value("Retry-After") == "7");
  CHECK(stored(sandbox) == 0);
  plan(sandbox, {{"route", "site:asha:create"},
                 {"kind", "status"},
                 {"process", true},
                 {"body", R"({"code":"internal_server_error"})"}});
  const auto fatal = create(sandbox);
  CHECK(fatal->status == 500);
  CHECK(json_of(fatal)["code"] == "internal_server_error");
  CHECK(stored(sandbox) == 1);
}

TEST_CASE("bodies and types are replaced, redirects point where they are told") {
  SandboxProcess& sandbox = fresh_sandbox();
  plan(sandbox, {{"route", "site:asha:create"}, {"kind", "body"}, {"status", 200}, {"body", R"({"error":"inside"})"}});
  const auto inside = create(sandbox);
  CHECK(inside->status == 200);
  CHECK(json_of(inside)["error"] == "inside");
  plan(sandbox, {{"route", "site:asha:create"}, {"kind", "body"}, {"body", ""}});
  CHECK(create(sandbox)->body.empty());
  plan(sandbox, {{"route", "feed:asha"}, {"kind", "wrong_type"}});
  const auto html = client(sandbox).Get("/feed/asha");
  CHECK(html->get_header_value("Content-Type").starts_with("text/html"));
  CHECK(html->body.find("<rss") != std::string::npos);
  plan(sandbox,
       {{"route", "feed:asha"}, {"kind", "redirect"}, {"status", 301}, {"location", "http://elsewhere.example/"}});
  const auto moved = client(sandbox).Get("/feed/asha");
  CHECK(moved->status == 301);
  CHECK(moved->get_header_value("Location") == "http://elsewhere.example/");
  CHECK(stored(sandbox) == 2);
}

TEST_CASE("a client that gives up waiting leaves a stored post behind") {
  SandboxProcess& sandbox = fresh_sandbox();
  plan(sandbox, {{"route", "site:asha:create"}, {"kind", "delay_after"}, {"ms", 60'000}});
  auto http = client(sandbox, "editor");
  http.set_read_timeout(0, 200'000);
  const auto given_up = post(http, posts_route, {{"title", "t"}});
  CHECK(given_up.error() == httplib::Error::Read);
  while (control(sandbox, "GET", "journal").at(0).at("processed") == false) std::this_thread::yield();
  CHECK(stored(sandbox) == 1);
}

TEST_CASE("a delay before processing holds the effect back and then lets it happen") {
  SandboxProcess& sandbox = fresh_sandbox();
  plan(sandbox, {{"route", "site:asha:create"}, {"kind", "delay_before"}, {"ms", 2000}});
  std::thread later([&] { create(sandbox); });
  while (control(sandbox, "GET", "journal").empty()) std::this_thread::yield();
  CHECK(stored(sandbox) == 0);
  later.join();
  CHECK(stored(sandbox) == 1);
}

TEST_CASE("what was kept back until the state is another one has no effect on that") {
  SandboxProcess& sandbox = fresh_sandbox();
  plan(sandbox, {{"route", "site:asha:create"}, {"kind", "delay_before"}, {"ms", 1000}});
  int status = 0;
  std::thread later([&] { status = create(sandbox)->status; });
  while (control(sandbox, "GET", "journal").empty()) std::this_thread::yield();
  fresh_sandbox();
  later.join();
  CHECK(status == 503);
  CHECK(stored(sandbox) == 0);
  CHECK(create(sandbox)->status == 201);
}

TEST_CASE("answers are truncated, cut on the wire, stalled") {
  SandboxProcess& sandbox = fresh_sandbox();
  const auto bytes_seen = [&](const Json& fault) {
    plan(sandbox, fault);
    std::size_t seen = 0;
    auto http = client(sandbox);
    http.set_read_timeout(0, 300'000);
    const auto answer = http.Get("/feed/asha", [&](const char*, std::size_t n) {
      seen += n;
      return true;
    });
    CHECK_FALSE(answer);
    return seen;
  };
  const std::size_t whole = client(sandbox).Get("/feed/asha")->body.size();
  CHECK(bytes_seen({{"route", "feed:asha"}, {"kind", "truncate"}}) == whole / 2);
  CHECK(bytes_seen({{"route", "feed:asha"}, {"kind", "truncate"}, {"bytes", 17}}) == 17);
  CHECK(bytes_seen({{"route", "feed:asha"}, {"kind", "cut"}, {"bytes", 20}}) == 0);
  CHECK(bytes_seen({{"route", "feed:asha"}, {"kind", "cut"}, {"bytes", 300}}) < whole);
  CHECK(bytes_seen({{"route", "feed:asha"}, {"kind", "stall"}, {"bytes", 300}}) < whole);
}

TEST_CASE("answers are huge or slow") {
  SandboxProcess& sandbox = fresh_sandbox();
  plan(sandbox, {{"route", "portal:p1:tenants"}, {"kind", "huge"}, {"bytes", 3'000'000}});
  const auto huge = client(sandbox).Get(tenants_route, token);
  REQUIRE(huge);
  CHECK(huge->body.size() == 3'000'000);
  CHECK(json_of(huge).size() == 1);
  plan(sandbox, {{"route", "feed:asha"}, {"kind", "slow"}, {"ms", 1}, {"bytes", 20}});
  const auto slow = client(sandbox).Get("/feed/asha");
  REQUIRE(slow);
  CHECK(slow->body == client(sandbox).Get("/feed/asha")->body);
}

TEST_CASE("faults choose their requests by route, its beginning, text, and count") {
  SandboxProcess& sandbox = fresh_sandbox();
  const auto status = [&](const std::string& path) { return client(sandbox).Get(path)->status; };
  plan(sandbox, {{{"route", "site:asha"}, {"kind", "status"}, {"status", 503}, {"times", 2}, {"skip", 1}}});
  CHECK(status("/site/asha/") == 200);
  CHECK(status("/site/asha/") == 503);
  CHECK(status("/site/asha/wp-json/") == 503);
  CHECK(status("/site/asha/") == 200);
  plan(sandbox, {{"route", "feed"}, {"kind", "status"}, {"contains", "bolt"}, {"times", -1}});
  CHECK(status("/feed/asha") == 200);
  CHECK(status("/feed/bolt") == 500);
  CHECK(status("/feed/bolt") == 500);
  control(sandbox, "DELETE", "faults");
  CHECK(status("/feed/bolt") == 404);
}
