// What counts as a draft.
#include "providers/ai/schema.hpp"

#include "base/text.hpp"
#include "providers/ai/fixture_test.hpp"
#include "tests/support/cpu.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::Json;

namespace {

std::string with(const char* key, Json value) {
  Json draft = test::draft_json();
  draft[key] = std::move(value);
  return draft.dump();
}

std::string repeat(std::string_view piece, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

} // namespace

TEST_CASE("the object is found in whatever stands around it") {
  const std::string good = test::draft_json().dump();
  for (const std::string& text :
       {good, "\n " + good + " \n", "```json\n" + good + "\n```", "```\n" + good + "\n```",
        "<think>I {could} \"write</think>" + good, "<think>a</think>\n<think>b</think>```json\n" + good + "```",
        "Here {is} it: " + good + " {enjoy}", "\xEF\xBB\xBF" + good, "[" + good + "]"}) {
    CAPTURE(text);
    const auto draft = ai::read_draft(text);
    CHECK(draft.has_value());
  }
}

TEST_CASE("what a model slips in writing JSON is mended, and the article stays as it was meant") {
  const Json draft = test::draft_json();
  const std::string good = draft.dump(), twice = Json(good).dump();
  const std::string body = draft["body_markdown"];
  const std::string naked = text::replace_all(good, "\\n", "\n");
  const std::string comma = good.substr(0, good.size() - 1) + ",\n}";
  REQUIRE(naked != good);
  const Json packed{{"answer", good}};
  for (const std::string& text :
       {comma, text::replace_all(good, "]", ",]"), "```json\n" + comma + "\n```", naked, "Sure: " + naked + "\nBye",
        twice, "```json\n" + twice + "\n```", "JSON " + twice, twice.substr(1, twice.size() - 2),
        Json(draft.dump(2)).dump(), text::replace_all(Json(naked).dump(), "\\n", "\n"), packed.dump(),
        Json(comma).dump(), "json\n" + good, good + " Done", text::replace_all(good, "Kurz", "It\\'s kurz"),
        "<think>{\"a\": 1,}</think>" + comma}) {
    CAPTURE(text);
    const auto read = ai::read_draft(text);
    REQUIRE(read.has_value());
    CHECK(read->body_markdown == body);
    CHECK(read->tags.size() == 2);
  }
  // Half an article is none, and what is inside of a broken one is not the answer.
  for (const std::string& text :
       {good.substr(0, good.size() - 3), comma.substr(0, comma.size() - 1), twice.substr(0, twice.size() - 40)})
    CHECK_FALSE(ai::read_draft(text));
}

TEST_CASE("mending is bounded: no answer takes a second") {
  const double before = test::cpu_seconds();
  const std::string braces = repeat("{\"a\": \"b\",}", 150'000), quotes = repeat("{\\\"", 500'000);
  for (const std::string& text :
       {braces, quotes, quotes + "}", repeat("{", 2'000'000), "{" + repeat("\\", 250'000) + "}",
        "{" + repeat("\"\n\",", 60'000) + "}", repeat(",", 2'000'000)})
    CHECK_FALSE(ai::read_draft(text));
  CHECK(test::cpu_seconds() - before < test::cpu_limit(1));
}

TEST_CASE("text without one whole object is no draft") {
  const std::string good = test::draft_json().dump();
  for (const std::string& text : {std::string(), std::string("Sorry."), good.substr(0, good.size() - 1),
                                  "<think>" + good, std::string("{"), std::string("{}{}"), std::string("[]"),
                                  std::string("\"{}\""), repeat("{\"a\":", 100'000), repeat("{", 100'000)}) {
    CAPTURE(text.substr(0, 40));
    CHECK_FALSE(ai::read_draft(text));
  }
}

TEST_CASE("what an article can do without is taken as it can be") {
  const auto tags = [](Json value) { return ai::read_draft(with("tags", std::move(value))).value().tags; };
  using Tags = std::vector<std::string>;
  CHECK(tags("town, people ,, Town") == Tags{"town", "people"});
  CHECK(tags(nullptr).empty());
  CHECK(tags(5).empty());
  CHECK(tags({1, "a", {{"name", "b"}}, {{"tag", "c"}}, {{"x", "d"}}, nullptr}) == Tags{"a", "b", "c"});
  CHECK(tags({repeat("x", 61), "y"}) == Tags{"y"});
  CHECK(tags({"1", "2", "3", "4", "5", "6", "7", "8", "9"}).size() == 8);
  for (const char* key : {"tags", "excerpt"}) {
    Json draft = test::draft_json();
    draft.erase(key);
    CHECK(ai::read_draft(draft.dump()).has_value());
  }
  CHECK(ai::read_draft(with("excerpt", nullptr)).value().excerpt == "");
  CHECK(ai::read_draft(with("excerpt", Json::array())).value().excerpt == "");
  CHECK(ai::read_draft(with("excerpt", repeat("word ", 200))).value().excerpt == repeat("word ", 120).substr(0, 599));
  CHECK(ai::read_draft(with("title", repeat("ü", 201))).value().title == repeat("ü", 200));
  CHECK(ai::read_draft(with("title", "ab " + repeat("ü", 250))).value().title == "ab " + repeat("ü", 197));
  CHECK(ai::read_draft(with("body_markdown", {repeat("x", 30), repeat("y", 30)})).value().body_markdown ==
        repeat("x", 30) + "\n\n" + repeat("y", 30));
  CHECK(ai::read_draft(Json{{"post", test::draft_json()}}.dump()).has_value());
}

TEST_CASE("limits hold in characters, and the complaint names the field") {
  CHECK(ai::read_draft(with("title", repeat("ü", 200))));
  CHECK(ai::read_draft(with("excerpt", repeat("🥛", 600))));
  CHECK(ai::read_draft(with("excerpt", "")));
  CHECK(ai::read_draft(with("body_markdown", repeat("ü", 50))));
  CHECK(ai::read_draft(with("body_markdown", repeat("ü", 60'000))));
  CHECK(ai::read_draft(with("tags", Json::array())));
  CHECK(ai::read_draft(with("more", 1)));
  const auto problem = [](const char* key, Json value) {
    const auto draft = ai::read_draft(with(key, std::move(value)));
    return draft ? "" : draft.error();
  };
  CHECK(problem("title", " \n ") == "title must have 1 to 200 characters and has 0");
  CHECK(problem("title", 5) == "title must be a string");
  CHECK(problem("title", nullptr) == "title is missing");
  CHECK(problem("body_markdown", repeat("x", 49)) == "body_markdown must have 50 to 60000 characters and has 49");
  CHECK(problem("body_markdown", repeat("x", 60'001)) ==
        "body_markdown must have 50 to 60000 characters and has 60001");
  CHECK(problem("body_markdown", {1}) == "body_markdown must be a string");
}

TEST_CASE("tags are trimmed, and doubles and empty ones go") {
  const auto draft = ai::read_draft(with("tags", {" Milch ", "MILCH", "", " ", "a\nb"}));
  REQUIRE(draft);
  CHECK(draft->tags == std::vector<std::string>{"Milch", "a b"});
}

TEST_CASE("NUL, control characters and half surrogates do not get through") {
  const std::string raw =
      R"({"title": "a\u0000b\u0007\nc \ud83e\udd5b \ud83e x \udd5b \\ud83e", "excerpt": "\u001b[31m",
    "body_markdown": "\u0000)" +
      repeat("z", 60) + R"(\r\n\tend\u007f", "tags": ["x\u0000"]})";
  const auto draft = ai::read_draft(raw);
  REQUIRE(draft);
  CHECK(draft->title == "ab c 🥛 \xEF\xBF\xBD x \xEF\xBF\xBD \\ud83e");
  CHECK(draft->excerpt == "[31m");
  CHECK(draft->body_markdown == repeat("z", 60) + "\n\tend");
  CHECK(draft->tags == std::vector<std::string>{"x"});
  const auto broken =
      ai::read_draft(std::string("{\"title\":\"\xff\xc3\",\"excerpt\":\"\",\"tags\":[],\"body_markdown\":\"") +
                     repeat("y", 60) + "\"}");
  REQUIRE(broken);
  CHECK(text::is_utf8(broken->title));
}
