// Names to ids: found, created, existing after all, and what is left out without stopping the post.
#include "providers/wordpress/test_site.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace {

using namespace milkrun;
using namespace milkrun::wordpress;
using namespace milkrun::wordpress::test_site;
using Names = std::vector<std::string>;
using Ids = std::vector<std::int64_t>;

const std::string exists = R"({"code": "term_exists", "message": "A term with the name provided already exists.",
  "data": {"status": 400, "term_id": 10}, "additional_data": [10, 10]})";

TEST_CASE("a tag that is there is found by its name, not by a part of it") {
  test::FakeHttp http;
  http.answer(200, R"([{"id": 3, "name": "Newsroom"}, {"id": 5, "name": "NEWS"}])", {json});
  const auto terms = Client(http, credential(), Millis(5000)).terms(site(), {" news "}, {});
  REQUIRE(terms);
  CHECK(terms->tags == Ids{5});
  CHECK(terms->categories.empty());
  CHECK(terms->skipped_tags.empty());
  CHECK(terms->learnt.tags.at("news") == 5);
  REQUIRE(http.sent.size() == 1);
  CHECK(http.sent[0].url == "https://blog.example/wp-json/wp/v2/tags?search=news&per_page=100&_fields=id,name");
  CHECK(http.sent[0].effect == http::Effect::read);
  CHECK(signed_once(http.sent[0]));
}

TEST_CASE("names with special characters are searched for and compared as they are stored") {
  test::FakeHttp http;
  http.answer(200, R"([{"id": 10, "name": "KI &amp; Büro"}])", {json});
  const auto terms = Client(http, credential(), Millis(5000)).terms(site(), {}, {"KI & Büro"});
  REQUIRE(terms);
  CHECK(terms->categories == Ids{10});
  CHECK(http.sent.at(0).url == "https://blog.example/wp-json/wp/v2/categories?search=KI%20%26amp%3B%20B%C3%BCro"
                               "&per_page=100&_fields=id,name");
}

TEST_CASE("a missing term is created where the role may") {
  test::FakeHttp http;
  http.answer(200, "[]", {json});
  http.answer(201, R"({"id": 11})", {json});
  http.answer(200, "[]", {json});
  http.answer(201, R"({"id": 12})", {json});
  const auto terms = Client(http, credential(), Millis(5000)).terms(site(), {"Öl"}, {"Börse"});
  REQUIRE(terms);
  CHECK(terms->tags == Ids{11});
  CHECK(terms->categories == Ids{12});
  REQUIRE(http.sent.size() == 4);
  CHECK(http.sent[1].method == "POST");
  CHECK(http.sent[1].url == "https://blog.example/wp-json/wp/v2/tags?_fields=id");
  CHECK(http.sent[1].body == R"({"name":"Öl"})");
  CHECK(http.sent[1].effect == http::Effect::repeatable);
  CHECK(signed_once(http.sent[1]));
  CHECK(http.sent[3].url == "https://blog.example/wp-json/wp/v2/categories?_fields=id");
  CHECK(http.sent[3].body == R"({"name":"Börse"})");
}

TEST_CASE("a term that exists after all tells its id") {
  test::FakeHttp http;
  http.answer(200, "[]", {json});
  http.answer(400, exists, {json});
  const auto terms = Client(http, credential(), Millis(5000)).terms(site(), {"ki & buro"}, {});
  REQUIRE(terms);
  CHECK(terms->tags == Ids{10});
}

TEST_CASE("an author's missing categories are skipped without trying") {
  test::FakeHttp http;
  http.answer(200, "[]", {json});
  Site author = site();
  author.may_manage_categories = false;
  const auto terms = Client(http, credential(), Millis(5000)).terms(author, {}, {"Neu"});
  REQUIRE(terms);
  CHECK(terms->categories.empty());
  CHECK(terms->skipped_categories == Names{"Neu"});
  CHECK(http.sent.size() == 1);
}

TEST_CASE("what is known already is not asked for, and what is new is learnt") {
  test::FakeHttp http;
  http.answer(200, R"([{"id": 12, "name": "Neu"}])", {json});
  const TermIds known{.tags = {{"news", 5}}, .categories = {{"blog & more", 7}}};
  const auto terms = Client(http, credential(), Millis(5000)).terms(site(), {"NEWS", "Neu"}, {" Blog  & More"}, known);
  REQUIRE(terms);
  CHECK(terms->tags == Ids{5, 12});
  CHECK(terms->categories == Ids{7});
  CHECK(http.sent.size() == 1);
  CHECK(terms->learnt.tags.size() == 1);
  CHECK(terms->learnt.tags.at("neu") == 12);
  CHECK(terms->learnt.categories.empty());
}

TEST_CASE("doubles are asked once; empty, long and surplus names are skipped unasked") {
  test::FakeHttp http;
  http.otherwise = [](const http::Request& request) {
    return http::Response{.status = request.method == "POST" ? 201 : 200,
                          .body = request.method == "POST" ? R"({"id":1})" : "[]"};
  };
  Names names{"a", "A", " ", std::string(201, 'x')};
  for (int i = 0; i < 25; ++i) names.push_back("n" + std::to_string(i));
  const auto terms = Client(http, credential(), Millis(5000)).terms(site(), names, {});
  REQUIRE(terms);
  CHECK(terms->tags.size() == 20);
  CHECK(terms->skipped_tags.size() == 8);
  CHECK(http.sent.size() == 40);
}

TEST_CASE("a refused term is skipped, an outage is not") {
  struct Row {
    int status;
    std::string body;
    bool skipped;
    Fault fault = Fault::outage;
  };
  const Row rows[] = {{403, R"({"code":"rest_cannot_create"})", true},
                      {400, R"({"code":"rest_invalid_param"})", true},
                      {400, R"({"code":"term_exists","data":{}})", true},
                      {400, R"({"code":"term_exists"})", true},
                      {500, R"({"code":"db_insert_error","data":"too long"})", true},
                      {500, R"({"code":"db_insert_error","data":"The table 'wp_terms' is full"})", false},
                      {400, R"({"code":"something_new"})", true},
                      {500, R"({"code":"empty_term_name","data":null})", true},
                      {404, R"({"code":"rest_no_route"})", true},
                      {500, R"({"code":"internal_server_error"})", false, Fault::outage},
                      {200, page, false, Fault::outage},
                      {403, page, false, Fault::outage},
                      {429, "", false, Fault::rate_limited},
                      {401, R"({"code":"rest_cannot_create"})", true},
                      {401, R"({"code":"rest_not_logged_in"})", true},
                      {403, R"({"code":"terms_are_closed"})", true},
                      {401, page, false, Fault::setting}};
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    for (const bool creating : {true, false}) {
      // The same refusal while creating, and already while searching.
      if (!creating && row.body.find("term_exists") != std::string::npos) continue;
      CAPTURE(creating);
      test::FakeHttp http;
      if (creating) http.answer(200, "[]", {json});
      http.answer(row.status, row.body);
      const auto terms = Client(http, credential(), Millis(5000)).terms(site(), {"Neu"}, {});
      REQUIRE(terms.has_value() == row.skipped);
      if (terms)
        CHECK(terms->skipped_tags == Names{"Neu"});
      else
        CHECK(terms.error().fault == row.fault);
    }
  }
}

TEST_CASE("trouble that is not waited for any more costs the terms it hides, and one call") {
  test::FakeHttp http;
  http.answer(200, R"([{"id": 5, "name": "a"}])", {json});
  SUBCASE("a page") { http.answer(200, page); }
  SUBCASE("an error") { http.answer(500, page); }
  SUBCASE("too many requests") { http.answer(429, ""); }
  SUBCASE("a refusal in front") { http.answer(401, page); }
  http.answer(200, R"([{"id": 7, "name": "d"}])", {json});
  const auto terms = Client(http, credential(), Millis(5000)).terms(site(), {"a", "b", "c"}, {"d"}, {}, false);
  REQUIRE(terms);
  CHECK(terms->tags == Ids{5});
  CHECK(terms->skipped_tags == Names{"b", "c"});
  CHECK(terms->categories == Ids{7});
  CHECK(http.sent.size() == 3);
}

TEST_CASE("a run that stops leaves no terms out") {
  test::FakeHttp http;
  http.answers.push_back(fail(Fault::aborted, "network.stopped"));
  const auto terms = Client(http, credential(), Millis(5000)).terms(site(), {"a"}, {}, {}, false);
  REQUIRE_FALSE(terms);
  CHECK(terms.error().fault == Fault::aborted);
}

TEST_CASE("a site that said that the role may use no terms is asked for none") {
  test::FakeHttp http;
  Site closed = site();
  closed.refuses_terms = true;
  const auto terms = Client(http, credential(), Millis(5000)).terms(closed, {"a", "b"}, {"c"}, {{{"a", 1}}, {}});
  REQUIRE(terms);
  CHECK(terms->tags.empty());
  CHECK(terms->skipped_tags == Names{"a", "b"});
  CHECK(terms->skipped_categories == Names{"c"});
  CHECK(http.sent.empty());
}

} // namespace
