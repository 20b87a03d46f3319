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

TEST_CASE("the address of a mail server is shown like any other") {
  test::FakeHttp inner;
  std::string line;
  Logged client(inner, [&](std::string l) { line = std::move(l); });
  for (const std::string url : {"smtps://mail.test:465", "smtp://mail.test"}) {
    CHECK_FALSE(client.send(test::get(url)));
    CHECK(line.find("url=" + url + " ") != std::string::npos);
  }
  CHECK_FALSE(client.send(test::get("smtps://user:canary@mail.test")));
  CHECK(line.find("url=(bad url)") != std::string::npos);
}

TEST_CASE("a call through a Net is one line, when its answer is collected") {
  class Echo final : public Net {
  public:
    void submit(std::uint64_t ticket, Request request) override {
      answers_.push_back({ticket, Response{.status = 200, .body = request.body}});
    }
    std::vector<Answer> collect() override { return std::exchange(answers_, {}); }
    void wait(Millis) override {}
    void nudge() override {}

  private:
    std::vector<Answer> answers_;
  } inner;
  std::vector<std::string> lines;
  LoggedNet net(inner, [&](std::string l) { lines.push_back(std::move(l)); });
  net.submit(7, test::post("https://h.test/p?canary", "canary", Effect::once));
  net.submit(8, test::get("https://other.test/"));
  CHECK(lines.empty());
  CHECK(net.collect().size() == 2);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("method=POST url=https://h.test/p tenant=asha service=wordpress status=200 bytes=6 ms="));
  CHECK(lines[1].starts_with("method=GET url=https://other.test/ "));
  CHECK(lines[0].find("canary") == std::string::npos);
}
