// Feeds as played: formats, validators, literal bodies.
#include "fixture.hpp"

#include <doctest/doctest.h>

using namespace milkrun::sandbox::test;
using milkrun::sandbox::SandboxProcess;

TEST_CASE("a feed comes in the format asked for, escaped, with its date as the format wants it") {
  SandboxProcess& sandbox = fresh_sandbox();
  struct Row {
    const char* format;
    const char* type;
    const char* title;
    const char* date;
  };
  for (const Row& row :
       {Row{"rss", "application/rss+xml", "<title>Fish &amp; Chips</title>", "Fri, 20 Nov 2026 10:00:00 +0000"},
        Row{"atom", "application/atom+xml", "<title>Fish &amp; Chips</title>", "2026-11-20T10:00:00Z"},
        Row{"json", "application/feed+json", "\"title\":\"Fish & Chips\"", "2026-11-20T10:00:00Z"}}) {
    INFO(row.format);
    control(sandbox, "PATCH", "state", {{"feeds", {{"asha", {{"format", row.format}}}}}});
    const auto answer = client(sandbox).Get("/feed/asha");
    REQUIRE(answer);
    CHECK(answer->get_header_value("Content-Type").starts_with(row.type));
    CHECK(answer->body.find(row.title) != std::string::npos);
    CHECK(answer->body.find(row.date) != std::string::npos);
  }
}

TEST_CASE("a client that has the feed already gets 304 until something changes") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox);
  const auto first = http.Get("/feed/asha");
  REQUIRE(first);
  const std::string tag = first->get_header_value("ETag");
  const std::string date = first->get_header_value("Last-Modified");
  CHECK(date == "Fri, 20 Nov 2026 10:00:00 GMT");
  CHECK(http.Get("/feed/asha", {{"If-None-Match", tag}})->status == 304);
  CHECK(http.Get("/feed/asha", {{"If-None-Match", "\"other\", W/" + tag}})->status == 304);
  CHECK(http.Get("/feed/asha", {{"If-Modified-Since", date}})->status == 304);
  CHECK(http.Get("/feed/asha", {{"If-None-Match", "\"other\""}, {"If-Modified-Since", date}})->status == 200);
  control(sandbox, "PATCH", "state", {{"feeds", {{"asha", {{"items", Json::array()}}}}}});
  CHECK(http.Get("/feed/asha", {{"If-None-Match", tag}})->status == 200);
}

TEST_CASE("a feed can be a literal body of any type, gone, moved, or without validators") {
  SandboxProcess& sandbox = fresh_sandbox();
  const auto with = [&](const Json& feed) {
    control(sandbox, "PATCH", "state", {{"feeds", {{"asha", feed}}}});
    return client(sandbox).Get("/feed/asha");
  };
  const auto literal = with({{"raw", "<html>parked</html>"}, {"content_type", "text/html"}, {"validators", false}});
  CHECK(literal->body == "<html>parked</html>");
  CHECK(literal->get_header_value("Content-Type") == "text/html");
  CHECK_FALSE(literal->has_header("ETag"));
  CHECK(with({{"status", 410}})->status == 410);
  const auto moved = with({{"status", 301}, {"location", "{{http}}/feed/new"}});
  CHECK(moved->status == 301);
  CHECK(moved->get_header_value("Location") == sandbox.http() + "/feed/new");
  CHECK(client(sandbox).Get("/feed/none")->status == 404);
}
