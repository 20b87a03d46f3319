// One conditional GET: what is sent, and what each answer means.
#include "providers/feed/test_documents.hpp"

#include "base/text.hpp"

namespace milkrun::feed::test {

namespace {

using milkrun::test::FakeHttp;

const std::string url = "https://example.org/feed";
const FetchOptions options{.caller = {.tenant = "asha", .service = "feed"},
                           .user_agent = "milkrun/1 (+https://m.example)"};
const std::string body = rss("<ttl>120</ttl><item><link>1</link><guid>1</guid></item>");
constexpr Millis hour{3'600'000};

std::string sent_header(const http::Request& request, std::string_view name) {
  std::string found = "(none)";
  for (const http::Header& header : request.headers) {
    if (text::iequals(header.name, name)) found = header.value;
  }
  return found;
}

Expected<Fetched> fetch_one(int status, std::string answer, std::vector<http::Header> headers = {},
                            const Validators& validators = {}) {
  FakeHttp client;
  client.answer(status, std::move(answer), std::move(headers));
  return fetch(client, url, validators, options);
}

Fetched after_hops(std::vector<http::Hop> hops) {
  FakeHttp client;
  const std::string target = hops.back().to;
  client.answers.push_back(http::Response{.status = 200, .body = body, .url = target, .hops = std::move(hops)});
  const Expected<Fetched> fetched = fetch(client, url, {}, options);
  REQUIRE(fetched.has_value());
  return *fetched;
}

} // namespace

TEST_CASE("feeds 7 request: validators verbatim, honest user agent, caps, a read without cookies or referrer") {
  FakeHttp client;
  client.answer(200, body);
  const Validators validators{.etag = "W/\"a b\"", .last_modified = "Fri, 20 Nov 2026 08:15:00 +0000 "};
  REQUIRE(fetch(client, url, validators, options).has_value());
  REQUIRE(client.sent.size() == 1);
  const http::Request& request = client.sent[0];
  CHECK(request.method == "GET");
  CHECK(request.url == url);
  CHECK(sent_header(request, "If-None-Match") == validators.etag);
  CHECK(sent_header(request, "If-Modified-Since") == validators.last_modified);
  CHECK(sent_header(request, "User-Agent") == options.user_agent);
  CHECK(sent_header(request, "Accept").starts_with("application/atom+xml"));
  CHECK(sent_header(request, "Cookie") == "(none)");
  CHECK(sent_header(request, "Referer") == "(none)");
  CHECK(request.effect == http::Effect::read);
  CHECK(request.caller.tenant == "asha");
  CHECK(request.timeout == Millis{30'000});
  CHECK(request.max_body == 10 * 1024 * 1024);
  CHECK(request.max_redirects == 5);
  CHECK(request.stall_guard);
}

TEST_CASE("feeds 7 a validator that no header may hold is left out, and the feed is read") {
  for (const std::string& bad : {std::string("\"a\nb\""), std::string("\"\x01\""), std::string("\"\x7F\""),
                                 std::string("\"\xFF\""), std::string(2'000, 'x')}) {
    CAPTURE(bad);
    FakeHttp client;
    client.answer(200, body, {{"ETag", bad}, {"Last-Modified", "Fri, 20 Nov 2026 08:15:00 GMT"}});
    const auto fetched = fetch(client, url, {.etag = bad, .last_modified = bad}, options);
    REQUIRE(fetched.has_value());
    CHECK(sent_header(client.sent[0], "If-None-Match") == "(none)");
    CHECK(sent_header(client.sent[0], "If-Modified-Since") == "(none)");
    CHECK(fetched->validators.etag == "");
    CHECK(fetched->validators.last_modified == "Fri, 20 Nov 2026 08:15:00 GMT");
  }
  const auto same = fetch_one(304, "", {{"ETag", "\"\x02\""}}, {.etag = "\"old\""});
  REQUIRE(same.has_value());
  CHECK(same->validators.etag == "\"old\"");
}

TEST_CASE("feeds 7 request: without validators none are invented") {
  FakeHttp client;
  client.answer(200, body);
  REQUIRE(fetch(client, url, {}, options).has_value());
  CHECK(sent_header(client.sent[0], "If-None-Match") == "(none)");
  CHECK(sent_header(client.sent[0], "If-Modified-Since") == "(none)");
}

TEST_CASE("feeds 7 read: the feed, verbatim validators, links by the effective URL") {
  const auto fetched = fetch_one(200, body, {{"etag", "\"x\""}, {"Last-Modified", "junk"}}, {.etag = "\"old\""});
  REQUIRE(fetched.has_value());
  CHECK(fetched->status == Fetched::Status::read);
  CHECK(fetched->validators.etag == "\"x\"");
  CHECK(fetched->validators.last_modified == "junk");
  CHECK(fetched->url == url);
  CHECK(fetched->moved_to == "");
  REQUIRE(fetched->feed.items.size() == 1);
  CHECK(fetched->feed.items[0].url == "https://example.org/1");
}

TEST_CASE("feeds 7 read: validators that are no longer sent are forgotten") {
  const auto fetched = fetch_one(200, body, {}, {.etag = "\"old\"", .last_modified = "old"});
  REQUIRE(fetched.has_value());
  CHECK(fetched->validators.etag == "");
  CHECK(fetched->validators.last_modified == "");
}

TEST_CASE("feeds 7 read: 226 with only what is new is read like 200") {
  const auto fetched = fetch_one(226, body);
  REQUIRE(fetched.has_value());
  CHECK(fetched->status == Fetched::Status::read);
}

TEST_CASE("feeds 4 read: Content-Location is the base, but only on the same host") {
  CHECK(fetch_one(200, body, {{"Content-Location", "/en/feed"}})->feed.items[0].url == "https://example.org/en/1");
  CHECK(fetch_one(200, body, {{"Content-Location", "http://10.0.0.1/en/feed"}})->feed.items[0].url ==
        "https://example.org/1");
}

TEST_CASE("feeds 7 304: nothing new; validators are updated by what it brings") {
  const Validators stored{.etag = "\"a\"", .last_modified = "then"};
  const auto same = fetch_one(304, "", {}, stored);
  REQUIRE(same.has_value());
  CHECK(same->status == Fetched::Status::not_modified);
  CHECK(same->validators.etag == "\"a\"");
  CHECK(same->validators.last_modified == "then");
  const auto updated = fetch_one(304, "", {{"Last-Modified", "now"}}, stored);
  CHECK(updated->validators.etag == "\"a\"");
  CHECK(updated->validators.last_modified == "now");
}

TEST_CASE("feeds 7 304 to a request without validators is an error") {
  const auto fetched = fetch_one(304, "");
  REQUIRE_FALSE(fetched.has_value());
  CHECK(fetched.error().fault == Fault::outage);
}

TEST_CASE("what a host answers about one feed is that feed's trouble, and what it cannot answer is the host's") {
  const auto whose = [](const Expected<Fetched>& fetched) -> std::string {
    REQUIRE_FALSE(fetched.has_value());
    const Error& e = fetched.error();
    CHECK(e.fault == Fault::outage);
    if (e.parks.empty()) return "host";
    CHECK(e.parks.size() == 1);
    CHECK(e.parks[0].scope == ParkScope::page);
    CHECK(e.parks[0].rest == Millis{0});
    return "page";
  };
  for (const int status : {204, 302, 400, 401, 403, 404, 418}) {
    CAPTURE(status);
    CHECK(whose(fetch_one(status, "<html>no</html>")) == "page");
  }
  CHECK(whose(fetch_one(200, "")) == "page");
  CHECK(whose(fetch_one(200, "<html><body>parked</body></html>")) == "page");
  CHECK(whose(fetch_one(304, "")) == "page");
  for (const int status : {408, 500, 502, 503}) {
    CAPTURE(status);
    CHECK(whose(fetch_one(status, "no")) == "host");
  }
  CHECK(whose(fetch_one(403, "", {{"cf-mitigated", "challenge"}})) == "host");
  const auto failing = [](Reason reason) {
    FakeHttp client;
    client.answers.push_back(fail(Fault::outage, std::move(reason)));
    return fetch(client, url, {}, options);
  };
  CHECK(whose(failing("network.answer_too_large")) == "page");
  CHECK(whose(failing("network.too_many_redirects")) == "page");
  CHECK(whose(failing("network.cannot_connect")) == "host");
}

TEST_CASE("feeds 7 410: gone") {
  const auto fetched = fetch_one(410, "<html>gone</html>");
  REQUIRE(fetched.has_value());
  CHECK(fetched->status == Fetched::Status::gone);
}

TEST_CASE("feeds 7 429 and 503: Retry-After in seconds or as a date, the host is parked") {
  struct Case {
    int status;
    std::string retry_after;
    std::optional<Millis> expected;
  };
  const Case cases[] = {
      {429, "120", Millis{120'000}},
      {429, "Sat, 21 Nov 2026 13:00:00 GMT", hour},
      {429, "Sat, 21 Nov 2026 13:00:00 +0000", hour},
      {429, "60.5", Millis{60'500}},
      {429, "Sat, 21 Nov 2026 11:00:00 GMT", std::nullopt},
      {429, "soon", std::nullopt},
      {429, "-5", std::nullopt},
      {429, "99999999", 24 * hour},
      {503, "120", Millis{120'000}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.retry_after);
    const auto fetched =
        fetch_one(c.status, "slow down", {{"Retry-After", c.retry_after}, {"Date", "Sat, 21 Nov 2026 12:00:00 GMT"}});
    REQUIRE_FALSE(fetched.has_value());
    const Error& error = fetched.error();
    CHECK(error.fault == Fault::rate_limited);
    CHECK(error.http_status == c.status);
    CHECK((error.retry_after == c.expected));
    REQUIRE(error.parks.size() == 1);
    CHECK(error.parks[0].scope == ParkScope::host);
    CHECK(error.parks[0].id == "example.org");
    CHECK(error.parks[0].rest > Millis{0});
    if (c.expected) CHECK((error.parks[0].rest == *c.expected));
  }
  CHECK(fetch_one(429, "").error().fault == Fault::rate_limited);
}

TEST_CASE("feeds 7 moves: a chain of 301 and 308 only, never from https to http") {
  CHECK(after_hops({{301, "https://a.org/", "https://b.org/"}, {308, "https://b.org/", "https://c.org/"}}).moved_to ==
        "https://c.org/");
  CHECK(after_hops({{301, "http://a.org/", "https://a.org/"}}).moved_to == "https://a.org/");
  for (int status : {302, 303, 307}) {
    CHECK(after_hops({{status, "https://a.org/", "https://b.org/"}}).moved_to == "");
    CHECK(after_hops({{301, "https://a.org/", "https://b.org/"}, {status, "https://b.org/", "https://c.org/"}})
              .moved_to == "");
  }
  CHECK(after_hops({{301, "https://a.org/", "http://b.org/"}}).moved_to == "");
  CHECK(after_hops({{301, "https://a.org/", "http://b.org/"}, {301, "http://b.org/", "https://c.org/"}}).moved_to ==
        "");
  CHECK(after_hops({{302, "https://a.org/", "https://b.org/x/"}}).feed.items[0].url == "https://b.org/x/1");
}

TEST_CASE("feeds 7 every other answer is transient, so that a captive portal never ends a feed") {
  struct Case {
    int status;
    std::string_view answer, reason;
  };
  const Case cases[] = {
      {200, "", "feed.empty_answer"},
      {204, "", "feed.unexpected_status"},
      {200, "  ", "feed.empty_document"},
      {200, "<html><body>Log in to the Wi-Fi</body></html>", "feed.not_a_feed"},
      {200, "<rss><channel><item>", "feed.broken"},
      {404, "no", "feed.not_found"},
      {401, "no", "feed.access_refused"},
      {403, "no", "feed.access_refused"},
      {400, "no", "feed.request_refused"},
      {500, "no", "feed.server_error"},
      {503, "no", "feed.server_error"},
      {302, "no", "feed.redirect_without_target"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.status);
    CAPTURE(c.answer);
    const auto fetched = fetch_one(c.status, std::string(c.answer));
    REQUIRE_FALSE(fetched.has_value());
    CHECK(fetched.error().fault == Fault::outage);
    CHECK(fetched.error().reason.code() == c.reason);
    CHECK(fetched.error().http_status == c.status);
  }
}

TEST_CASE("feeds 7 a bot check is blocked, not gone") {
  const auto fetched = fetch_one(403, "<html>Just a moment...</html>", {{"CF-Mitigated", "challenge"}});
  REQUIRE_FALSE(fetched.has_value());
  CHECK(fetched.error().fault == Fault::outage);
  CHECK(fetched.error().reason.code() == "feed.bot_check");
}

TEST_CASE("feeds 7 the client's own errors pass unchanged") {
  FakeHttp client;
  client.answers.push_back(fail(Fault::permanent, "network.address_not_allowed"));
  const auto fetched = fetch(client, url, {}, options);
  REQUIRE_FALSE(fetched.has_value());
  CHECK(fetched.error().fault == Fault::permanent);
  CHECK(fetched.error().reason.code() == "network.address_not_allowed");
}

TEST_CASE("feeds 7 interval: the longest of max-age, Expires, ttl and sy:updatePeriod, at most a day") {
  const std::string plain = rss("<item/>");
  const http::Header date{"Date", "Sat, 21 Nov 2026 12:00:00 GMT"};
  CHECK((fetch_one(200, body)->not_before == 2 * hour)); // ttl
  CHECK_FALSE(fetch_one(200, plain)->not_before.has_value());
  CHECK((fetch_one(200, plain, {{"Cache-Control", "public, max-age=3600"}})->not_before == hour));
  CHECK((fetch_one(200, body, {{"Cache-Control", "max-age=3600"}})->not_before == 2 * hour));
  CHECK((fetch_one(200, plain, {{"Expires", "Sat, 21 Nov 2026 15:00:00 GMT"}, date})->not_before == 3 * hour));
  CHECK_FALSE(fetch_one(200, plain, {{"Expires", "0"}, date})->not_before.has_value());
  CHECK((fetch_one(200, plain, {{"Cache-Control", "max-age=31536000"}})->not_before == 24 * hour));
  CHECK(
      (fetch_one(200, rss("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency><item/>"))
           ->not_before == 6 * hour));
  CHECK_FALSE(
      fetch_one(200, rss("<ttl>-5</ttl><sy:updatePeriod>never</sy:updatePeriod><item/>"))->not_before.has_value());
  CHECK((fetch_one(304, "", {{"Cache-Control", "max-age=\"60\""}}, {.etag = "x"})->not_before == Millis{60'000}));
}

} // namespace milkrun::feed::test
