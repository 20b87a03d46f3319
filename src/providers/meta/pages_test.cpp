// Paging: the cursor alone is taken, the walk stops early where the order allows, and it always ends.
#include "providers/meta/test_graph.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace {

using namespace milkrun;
using namespace milkrun::meta::test_graph;
using Ids = std::vector<std::string>;

http::Response ok(const Json& body, std::vector<http::Header> headers = {}) {
  return {.status = 200, .headers = std::move(headers), .body = body.dump()};
}

TEST_CASE("the next page is asked for by its cursor at our own address, never at that of paging.next") {
  test::FakeHttp http;
  http.answers = {ok(page({fb_comment("3", 30)}, "QVFI/+&=1", true)), ok(page({}, "c2", true)),
                  ok(page({fb_comment("1", 10)}, "c3"))};
  const auto answer = client(http).comments("22", ten_past(0));
  REQUIRE(answer.value);
  CHECK(ids_of(*answer.value) == Ids{"3", "1"});
  CHECK(answer.value->inconclusive.code() == "");
  CHECK(answer.calls == 3);
  REQUIRE(http.sent.size() == 3);
  const std::string first = http.sent[0].url;
  CHECK(http.sent[1].url == first + "&after=QVFI%2F%2B%26%3D1");
  CHECK(http.sent[2].url == first + "&after=c2");
  for (const auto& request : http.sent) {
    CHECK(http::host_of(request.url) == "graph.facebook.com");
    CHECK(request.secret_headers.at(0).host == "graph.facebook.com");
    CHECK(request.url.find("stolen") == std::string::npos);
  }
}

TEST_CASE("newest first, the walk ends at the first page that goes back far enough") {
  test::FakeHttp http;
  http.answers = {ok(page({fb_comment("4", 40), fb_comment("3", 30)}, "c1", true)),
                  ok(page({fb_comment("2", 20), fb_comment("1", 10)}, "c2", true))};
  const auto answer = client(http).comments("22", ten_past(15));
  REQUIRE(answer.value);
  CHECK(ids_of(*answer.value) == Ids{"4", "3", "2"});
  CHECK(answer.value->inconclusive.code() == "");
  CHECK(http.sent.size() == 2);
}

TEST_CASE("where the order is not kept, as with a pinned comment, all pages are read") {
  test::FakeHttp http;
  http.answers = {ok(page({fb_comment("1", 1), fb_comment("4", 40)}, "c1", true)),
                  ok(page({fb_comment("2", 2)}, "c2", true)), ok(page({fb_comment("5", 50)}))};
  const auto answer = client(http).comments("22", ten_past(15));
  REQUIRE(answer.value);
  CHECK(ids_of(*answer.value) == Ids{"4", "5"});
  CHECK(answer.value->inconclusive.code() == "");
  CHECK(http.sent.size() == 3);
}

TEST_CASE("comments that shift between two pages are counted once") {
  test::FakeHttp http;
  http.answers = {ok(page({fb_comment("3", 30), fb_comment("2", 20)}, "c1", true)),
                  ok(page({fb_comment("2", 20), fb_comment("1", 10)}))};
  CHECK(ids_of(*client(http).comments("22", ten_past(0)).value) == Ids{"3", "2", "1"});
}

TEST_CASE("a walk that cannot go on says why and keeps what it saw") {
  struct Row {
    Json second;
    std::string reason;
    std::size_t calls;
  };
  Json no_cursor = page({fb_comment("1", 9)}, "", true), odd_cursor = no_cursor, long_cursor = no_cursor;
  odd_cursor["paging"]["cursors"] = {{"after", 7}};
  long_cursor["paging"]["cursors"] = {{"after", std::string(5000, 'a')}};
  const Row rows[] = {
      {page({fb_comment("1", 9)}, "c1", true), "meta.paging_loops", 2},
      {no_cursor, "meta.paging_without_cursor", 2},
      {odd_cursor, "meta.paging_without_cursor", 2},
      {long_cursor, "meta.paging_without_cursor", 2},
      {Json::parse(error_body(100)), "meta.request_refused", 2},
      {Json::parse(error_body(2)), "meta.out_of_order", 2},
      {Json::parse(error_body(80001)), "meta.page_limit", 2},
      {Json::parse(R"({"data":{}})"), "meta.unusable_answer", 2},
      {Json::parse(error_body(1)), "meta.unknown_error", 5},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    test::FakeHttp http;
    http.answer(200, page({fb_comment("2", 20)}, "c1", true).dump());
    http.otherwise = [&](const auto&) { return ok(row.second); };
    const auto answer = client(http).comments("22", ten_past(0));
    REQUIRE(answer.value);
    CHECK(answer.value->inconclusive.code() == row.reason);
    CHECK(ids_of(*answer.value).front() == "2");
    CHECK(http.sent.size() == row.calls);
    CHECK(answer.parks.size() == (row.reason == "meta.page_limit" ? 1 : 0));
  }
}

TEST_CASE("a token that dies, or a stop, in the midst of the pages is an error") {
  test::FakeHttp http;
  http.answers = {ok(page({fb_comment("2", 20)}, "c1", true)), ok(Json::parse(error_body(190, 463)))};
  const auto expired = client(http).comments("22", ten_past(0));
  REQUIRE_FALSE(expired.value);
  CHECK(expired.value.error().reason.code() == "meta.token_expired");
  http.answers = {ok(page({fb_comment("2", 20)}, "c1", true)), fail(Fault::aborted, "network.stopped")};
  const auto stopped = client(http).comments("22", ten_past(0));
  REQUIRE_FALSE(stopped.value);
  CHECK(stopped.value.error().fault == Fault::aborted);
}

TEST_CASE("the first page's refusal is the answer") {
  test::FakeHttp http;
  http.answers = {ok(Json::parse(error_body(100, 33))), ok(Json::parse(R"({"data":7})")), ok(Json::parse("{}"))};
  CHECK(client(http).comments("22", ten_past(0)).value.error().reason.code() == "meta.not_visible");
  for (int i = 0; i < 2; ++i) {
    const auto answer = client(http).comments("22", ten_past(0));
    REQUIRE_FALSE(answer.value);
    CHECK(answer.value.error().fault == Fault::outage);
    CHECK(answer.value.error().reason.code() == "meta.unusable_answer");
  }
}

TEST_CASE("at 100 percent no further page is asked for; at 75 it is") {
  for (const int percent : {75, 100}) {
    CAPTURE(percent);
    test::FakeHttp http;
    const std::string usage = R"({"1111":[{"type":"pages","call_count":)" + std::to_string(percent) + "}]}";
    http.answers = {ok(page({fb_comment("2", 20)}, "c1", true), {{"X-Business-Use-Case-Usage", usage}}),
                    ok(page({fb_comment("1", 10)}))};
    const auto answer = client(http).comments("22", ten_past(0));
    REQUIRE(answer.value);
    CHECK(http.sent.size() == (percent == 100 ? 1 : 2));
    CHECK(answer.value->inconclusive.code() == (percent == 100 ? "meta.usage_full" : ""));
    REQUIRE(answer.parks.size() == 1);
    CHECK(answer.parks[0].scope == ParkScope::page);
  }
}

TEST_CASE("a page that is too much for the service is asked for by halves") {
  test::FakeHttp http;
  http.answer(500, error_body(1));
  http.answer(500, error_body(1));
  http.answer(200, page({fb_comment("2", 20)}, "c1", true).dump());
  http.answer(200, page({fb_comment("1", 10)}).dump());
  const auto answer = client(http).comments("22", ten_past(0));
  REQUIRE(answer.value);
  CHECK(answer.value->inconclusive.code() == "");
  REQUIRE(http.sent.size() == 4);
  const char* limits[] = {"&limit=100", "&limit=50", "&limit=25", "&limit=25&after=c1"};
  for (std::size_t i = 0; i < 4; ++i) CHECK(http.sent[i].url.ends_with(limits[i]));

  test::FakeHttp broken;
  broken.otherwise = [](const auto&) { return http::Response{.status = 500, .body = error_body(1)}; };
  const auto gone = client(broken).comments("22", ten_past(0));
  REQUIRE_FALSE(gone.value);
  CHECK(gone.value.error().reason.code() == "meta.unknown_error");
  CHECK(gone.value.error().fault == Fault::outage);
  CHECK(gone.calls == 4);
}

TEST_CASE("endless pages end after two hundred") {
  test::FakeHttp http;
  int n = 0;
  http.otherwise = [&](const auto&) {
    ++n;
    return ok(page({fb_comment(std::to_string(n), 30)}, "c" + std::to_string(n), true));
  };
  const auto answer = client(http).comments("22", ten_past(0));
  REQUIRE(answer.value);
  CHECK(answer.calls == 200);
  CHECK(answer.value->items.size() == 200);
  CHECK(answer.value->inconclusive.code() == "meta.too_many_pages");
}

TEST_CASE("huge pages end sooner") {
  test::FakeHttp http;
  int n = 0;
  const std::string filler(12 * 1024 * 1024, 'x');
  http.otherwise = [&](const auto&) {
    const std::string id = std::to_string(++n);
    http::Response response = ok(page({fb_comment(id, 30)}, "c" + id, true));
    response.body += std::string(filler.size(), ' ');
    return response;
  };
  const auto answer = client(http).comments("22", ten_past(0));
  REQUIRE(answer.value);
  CHECK(answer.calls == 2);
  CHECK(answer.value->inconclusive.code() == "meta.too_many_pages");
}

} // namespace
