// Who follows, and the counts that name nobody.
#include "providers/meta/test_graph.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace {

using namespace milkrun;
using namespace milkrun::meta::test_graph;

TEST_CASE("a follower is one only when the service says so plainly") {
  const std::pair<std::string, std::optional<bool>> rows[] = {
      {R"({"username":"bob","is_user_follow_business":true,"id":"990"})", true},
      {R"({"is_user_follow_business":false,"id":"990"})", false},
      {R"({"is_user_follow_business":null})", std::nullopt},
      {R"({"is_user_follow_business":"true"})", std::nullopt},
      {R"({"is_user_follow_business":1})", std::nullopt},
      {R"({"is_business_follow_user":true})", std::nullopt},
      {"{}", std::nullopt},
  };
  for (const auto& [body, expected] : rows) {
    CAPTURE(body);
    test::FakeHttp http;
    http.answer(200, body);
    const auto answer = client(http, instagram()).follows("990");
    REQUIRE(answer.value);
    CHECK(*answer.value == expected);
  }
}

TEST_CASE("a person who never wrote to the account has not consented") {
  test::FakeHttp http;
  http.answer(400, error_body(230, 0, "User consent is required to access user profile"));
  const auto answer = client(http, instagram()).follows("990");
  REQUIRE_FALSE(answer.value);
  CHECK(answer.value.error().fault == Fault::permanent);
  CHECK(answer.value.error().reason.code() == "meta.person_not_consented");
}

TEST_CASE("the follower list is not available where the edge does not exist") {
  for (const int code : {100, 2500}) {
    test::FakeHttp http;
    http.answer(400, error_body(code, 0, "Tried accessing nonexisting field (followers)"));
    const auto answer = client(http).followers();
    REQUIRE_FALSE(answer.value);
    CHECK(answer.value.error().fault == Fault::permanent);
    CHECK(answer.value.error().reason.code() == "meta.followers_unavailable");
  }
  test::FakeHttp http;
  http.answer(400, error_body(190));
  CHECK(client(http).followers().value.error().reason.code() == "meta.token_refused");
  http.answer(400, error_body(100, 0, "requires an appsecret_proof"));
  CHECK(client(http).followers().value.error().reason.code() == "meta.proof_refused");
}

TEST_CASE("a follower list is read page by page where there is one") {
  test::FakeHttp http;
  http.answer(200, page({{{"id", "1"}, {"name", "Ana"}}, {{"id", "2"}, {"username", "bob"}}}, "c1", true).dump());
  http.answer(200, page({{{"id", "3"}}}).dump());
  const auto answer = client(http).followers();
  REQUIRE(answer.value);
  CHECK(answer.value->ids == std::vector<std::string>{"1", "2", "3"});
  CHECK(answer.value->names == std::vector<std::string>{"Ana", "bob", ""});
  CHECK(answer.value->inconclusive.code() == "");
  CHECK(http.sent.at(1).url.ends_with("&limit=100&after=c1"));

  http.answer(200, page({}).dump());
  CHECK(client(http).followers().value->inconclusive.code() == "meta.empty_answer");
  http.answer(200, page({Json(7), {{"name", "no id"}}, {{"id", "4"}}}).dump());
  const auto odd = client(http).followers();
  CHECK(odd.value->ids == std::vector<std::string>{"4"});
  CHECK(odd.value->inconclusive.code() == "meta.unreadable_follower");
}

struct Counted {
  bool instagram;
  std::string object, body;
  std::optional<std::int64_t> followers, reactions, comments, shares;
};

TEST_CASE("counts are taken where they are numbers, and left open where they are not") {
  constexpr auto none = std::nullopt;
  const Counted rows[] = {
      {false, "", R"({"followers_count":12,"fan_count":10,"id":"1111"})", 12, none, none, none},
      {false, "", R"({"fan_count":10})", 10, none, none, none},
      {true, "", R"({"followers_count":7})", 7, none, none, none},
      {true, "", R"({"followers_count":-7})", none, none, none, none},
      {true, "", R"({"followers_count":18446744073709551615})", none, none, none, none},
      {true, "", R"({"followers_count":1.5})", none, none, none, none},
      {true, "178", R"({"like_count":3,"comments_count":0})", none, 3, 0, none},
      {true, "178", R"({"like_count":[3]})", none, none, none, none},
      {false, "22",
       R"({"reactions":{"data":[],"summary":{"total_count":5}},"comments":{"summary":{"total_count":2}},"shares":{"count":3}})",
       none, 5, 2, 3},
      {false, "22", R"({"reactions":{"data":[],"summary":{"total_count":5}}})", none, 5, none, 0},
      {false, "22", R"({"reactions":{"summary":{"total_count":5}},"shares":7})", none, 5, none, none},
      {false, "22", R"({"reactions":5,"comments":[],"id":"22"})", none, none, none, none},
  };
  for (const Counted& row : rows) {
    CAPTURE(row.body);
    test::FakeHttp http;
    http.answer(200, row.body);
    const auto answer = client(http, row.instagram ? instagram() : facebook()).counters(row.object);
    REQUIRE(answer.value);
    CHECK(answer.value->followers == row.followers);
    CHECK(answer.value->reactions == row.reactions);
    CHECK(answer.value->comments == row.comments);
    CHECK(answer.value->shares == row.shares);
  }
}

TEST_CASE("a credential without an account asks for its own") {
  test::FakeHttp http;
  http.answer(200, R"({"followers_count":7})");
  Credential c = instagram();
  c.account = "";
  CHECK(client(http, c).counters("").value->followers == 7);
  CHECK(http.sent.at(0).url == "https://graph.instagram.com/v25.0/me?fields=followers_count");
  c.account = "../x";
  CHECK(client(http, c).counters("").value.error().reason.code() == "meta.bad_object_id");
  CHECK(http.sent.size() == 1);
}

} // namespace
