// Keyword filters: whole words in any alphabet, phrases, expressions, and bounds.
#include "content/filter.hpp"

#include <doctest/doctest.h>

namespace milkrun::content {

namespace {

bool passes(Patterns patterns, std::string_view text) { return Filter({std::move(patterns)}).judge(text).passes; }
bool holds(const std::string& pattern, std::string_view text) {
  return passes({.include = {pattern}, .exclude = {}}, text);
}

} // namespace

TEST_CASE("a word is found as a whole word, in any case and any alphabet") {
  CHECK(holds("tea", "Tea for two"));
  CHECK(holds("tea", "(tea)"));
  CHECK(holds("TEA", "green tea"));
  CHECK_FALSE(holds("tea", "a team"));
  CHECK_FALSE(holds("tea", "protea"));
  CHECK_FALSE(holds("über", "grüber"));
  CHECK(holds("ÜBER", "alles über Tee"));
  CHECK(holds("чай", "Зелёный Чай."));
  CHECK(holds("green tea", "Green \n tea"));
  CHECK_FALSE(holds("green tea", "green iced tea"));
  CHECK(holds("C++", "news of C++ 26"));
  CHECK(holds("a.b", "a.b"));
  CHECK_FALSE(holds("a.b", "axb"));
}

TEST_CASE("a mark that nobody sees hides no word, and may part two") {
  CHECK(holds("sponsored", "spon\u200Bsored"));
  CHECK(holds("sponsored", "spon\u00ADsored \u202Epost"));
  CHECK(holds("/^sponsored$/", "\uFEFFsponsored"));
  CHECK(holds("ชา", "ดื่ม\u200Bชา"));
}

TEST_CASE("an expression is searched for, in any case") {
  CHECK(holds("/tea(s|m)/", "the TEAM"));
  CHECK_FALSE(holds("/^tea/", "green tea"));
  CHECK(holds("//", "//")); // too short to be one: a word
  CHECK(holds("/[0-9]{4}/", "in 2026"));
}

TEST_CASE("one of include must be there, none of exclude may, for each owner") {
  const Patterns patterns{.include = {"tea", "coffee"}, .exclude = {"advert"}};
  CHECK(passes(patterns, "coffee"));
  CHECK_FALSE(passes(patterns, "milk"));
  CHECK_FALSE(passes(patterns, "tea (advert)"));
  CHECK(passes({.include = {}, .exclude = {"advert"}}, "milk"));
  const Filter both({{.include = {"tea"}, .exclude = {}}, {.include = {}, .exclude = {"cold"}}});
  CHECK(both.judge("hot tea").passes);
  CHECK(both.judge("cold tea").by == "cold");
  CHECK(both.judge("hot milk").by == "");
  CHECK_FALSE(both.judge("hot milk").passes);
  CHECK(Filter({{}, {}}).empty());
  CHECK_FALSE(both.empty());
}

TEST_CASE("a pattern with a problem is named, and no text holds it") {
  CHECK(pattern_problem("tea") == "");
  CHECK(pattern_problem("/te+a/") == "");
  CHECK(pattern_problem(" ") == "is empty");
  CHECK(pattern_problem(std::string(201, 'x')) == "is longer than 200 bytes");
  CHECK(pattern_problem("/(/").find("is no regular expression") == 0);
  CHECK(pattern_problem("/(?=x)/").find("is no regular expression") == 0); // RE2 looks at nothing twice
  CHECK_FALSE(holds("/(/", "("));
  CHECK(passes({.include = {}, .exclude = {"/(/"}}, "("));
}

TEST_CASE(
    "only the first 64 KiB of a text are looked at, and what would take a backtracking matcher for ever does not") {
  CHECK(holds("tea", std::string(60'000, ' ') + "tea"));
  CHECK_FALSE(holds("tea", std::string(70'000, ' ') + "tea"));
  CHECK_FALSE(holds("/(a*)*(a*)*b$/", std::string(60'000, 'a')));
  std::string letters;
  for (int i = 0; i < 40'000; ++i) letters += "\xC3\xA9"; // the cut does not fall into a character
  CHECK(holds("/^\xC3\xA9+$/", letters));
}

} // namespace milkrun::content
