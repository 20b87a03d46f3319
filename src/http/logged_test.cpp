// The call log: one inert line, no secrets.
#include "http/logged.hpp"

#include "support/fakes.hpp"
#include "support/http_setup.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::http;

TEST_CASE("a call is one line without query, headers and body") {
  test::FakeHttp inner;
  inner.answer(200, "canary-answer", {{"Set-Cookie", "canary-cookie"}});
  std::string line;
  Logged client(inner, [&](std::string l) { line = std::move(l); });
  Request r = test::post("https://h.test/path?token=canary-query#canary-fragment", "canary-body", Effect::once);
  r.headers = {{"X", "canary-header"}};
  r.secret_headers = {{"Authorization", Secret("canary-secret"), "h.test"}};
  r.caller.tenant = "asha\nlevel=error";
  CHECK(client.send(r));
  CHECK(line.starts_with("method=POST url=https://h.test/path tenant=asha"));
  CHECK(line.find("service=wordpress status=200 bytes=13 ms=") != std::string::npos);
  CHECK(line.find("canary") == std::string::npos);
  CHECK(line.find('\n') == std::string::npos);
}

TEST_CASE("an error is a line with its reason; a URL with user info is not shown") {
  test::FakeHttp inner;
  std::string line;
  Logged client(inner, [&](std::string l) { line = std::move(l); });
  CHECK_FALSE(client.send(test::get("https://user:canary@h.test/")));
  CHECK(line.find("url=(bad url)") != std::string::npos);
  CHECK(line.find("error=\"fake: no answer planned\"") != std::string::npos);
  CHECK(line.find("canary") == std::string::npos);
}
