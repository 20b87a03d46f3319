// Keyword filters: whole words in any alphabet, phrases, expressions, and bounds.
#include "content/filter.hpp"

#include <doctest/doctest.h>

namespace milkrun::content {

namespace {

Judged judged(const std::vector<Patterns>& owners, std::string_view text) {
  return judge(owners, 1, [&](std::size_t) { return std::string(text); }).at(0);
}
bool passes(const Patterns& patterns, std::string_view text) { return judged({patterns}, text).passes; }
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
  CHECK(holds("tea", "team or tea"));
  CHECK(holds("a a", "ba a a."));
  CHECK_FALSE(holds("a", "\u00E9a a\u0434"));
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
  const std::vector<Patterns> both{{.include = {"tea"}, .exclude = {}}, {.include = {}, .exclude = {"cold"}}};
  CHECK(judged(both, "hot tea").passes);
  CHECK(judged(both, "cold tea").by == "cold");
  CHECK(judged(both, "hot milk").by == "");
  CHECK_FALSE(judged(both, "hot milk").passes);
  CHECK(judged({{}, {}}, "anything").passes);
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

TEST_CASE("only the first 64 KiB of a text are looked at") {
  CHECK(holds("tea", std::string(60'000, ' ') + "tea"));
  CHECK_FALSE(holds("tea", std::string(70'000, ' ') + "tea"));
  CHECK_FALSE(holds("/(a*)*(a*)*b$/", std::string(60'000, 'a'))); // for ever, to a matcher that goes back
  std::string letters;
  for (int i = 0; i < 40'000; ++i) letters += "\xC3\xA9"; // the cut does not fall into a character
  CHECK(holds("/^\xC3\xA9+$/", letters));
}

TEST_CASE("an expression that is compiled into too much is refused") {
  CHECK(pattern_problem("/\\pL+ tea/") == "");
  CHECK(pattern_problem("/(a.{50}){3}/") == "");
  for (const std::string evil : {"/\\pL{100}/", "/((a?.{0,30}){30})1/", "/((a.{0,9}){0,9}){0,9}/", "/a.{1000}/"}) {
    CAPTURE(evil);
    CHECK(pattern_problem(evil).find("is too large an expression") == 0);
    // One that is stored already lets nothing through.
    CHECK(judged({{.include = {}, .exclude = {evil}}}, "tea").by == evil);
    CHECK_FALSE(judged({{.include = {}, .exclude = {evil}}}, "tea").in_time);
  }
}

TEST_CASE("when the time is over nothing passes that was not looked at, and it says for what") {
  const std::vector<std::string> texts{"tea", "cold tea", "tea, iced", "milk"};
  double now = 0;
  int looks = 0;
  const auto judge_until = [&](int last, const std::vector<Patterns>& owners) {
    now = 7;
    looks = 0;
    return judge(
        owners, texts.size(), [&](std::size_t i) { return texts[i]; }, [&] { return looks++ > last ? now + 1 : now; });
  };
  const std::vector<Patterns> owners{{.include = {"tea"}, .exclude = {"cold"}}, {.include = {}, .exclude = {"iced"}}};
  const auto said = [&](int last) {
    std::string out;
    for (const Judged& one : judge_until(last, owners))
      out += one.passes ? "passes " : (one.in_time ? "by:" : "late:") + one.by + " ";
    return out;
  };
  CHECK(said(2) == "late:cold late:cold late:cold late:cold ");
  CHECK(said(6) == "late:tea by:cold late:cold late:cold ");
  CHECK(said(100) == "passes by:cold by:iced by: ");
  bool once_late = false;
  for (int last = 0; last <= looks; ++last) {
    const auto out = judge_until(last, owners);
    for (std::size_t i = 1; i < texts.size(); ++i) CHECK_FALSE(out[i].passes); // whatever the time
    once_late |= !out[0].in_time && out[0].by == "iced";
  }
  CHECK(once_late);
}

TEST_CASE("a word costs about as much as reading the text") {
  std::string text;
  for (int i = 0; text.size() < 64UL * 1024; ++i) text += "tee tees teem " + std::to_string(i) + " a a a a ";
  Patterns patterns;
  for (int i = 0; i < 100; ++i) patterns.exclude.push_back("tea number " + std::to_string(i));
  const auto out = judge({patterns}, 1, [&](std::size_t) { return text; });
  CHECK(out[0].passes); // a hundred of them in 64 KiB are far from the bound
}

} // namespace milkrun::content
