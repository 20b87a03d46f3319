// Which comment shows a claim: strict about who and when, forgiving about spelling.
#include "jobs/verify_social/match.hpp"

#include "support/fakes.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::verify_social;
using test::noon;

namespace {

constexpr bool instagram = true, facebook = false;

meta::Comment by(const std::string& name, std::string text, Time at = noon, std::string id = "1") {
  return {.id = std::move(id), .text = std::move(text), .username = name, .author_name = name, .at = at};
}

// The grade of the match and the comment it was found in ("A 1"), or "-".
std::string matched(std::vector<meta::Comment> comments, const Wanted& wanted, bool handles_are_unique = instagram,
                    const std::string& used = "") {
  const meta::Comments all{.items = std::move(comments)};
  const Finder finder(all, handles_are_unique);
  const auto found = finder.find(wanted, [&](const std::string& id) { return id != used; });
  return found ? std::string(1, found->grade) + " " + found->comment->id : "-";
}

Wanted wanted(std::string handle, std::string code, Time from = noon) {
  return {.handle = std::move(handle), .code = std::move(code), .from = from};
}

} // namespace

TEST_CASE("handle and code grade a comment; a name on Facebook is only a name") {
  struct Row {
    const char *handle, *code; // wanted
    const char *name, *text;   // of the comment
    const char *on_instagram, *on_facebook;
  };
  const Row rows[] = {{"ana", "SPIN-7Q4K", "ana", "SPIN-7Q4K", "A 1", "B 1"},
                      {"ana", "SPIN-7Q4K", "bob", "SPIN-7Q4K", "B 1", "B 1"},
                      {"ana", "SPIN-7Q4K", "ana", "nice", "B 1", "C 1"},
                      {"ana", "", "ana", "nice", "B 1", "C 1"},
                      {"", "SPIN-7Q4K", "bob", "SPIN-7Q4K", "B 1", "B 1"},
                      {"", "SPIN-7Q4K", "", "SPIN-7Q4K", "B 1", "B 1"},
                      {"ana", "SPIN-7Q4K", "bob", "nice", "-", "-"},
                      {"", "", "", "", "-", "-"},
                      {"", "", "ana", "nice", "-", "-"},
                      {"ana", "", "", "nice", "-", "-"},
                      {"ana", "", "anab", "nice", "-", "-"},
                      {"ana", "", "an", "nice", "-", "-"}};
  for (const Row& row : rows) {
    INFO(row.handle, "/", row.code, " in ", row.name, ": ", row.text);
    CHECK(matched({by(row.name, row.text)}, wanted(row.handle, row.code)) == row.on_instagram);
    CHECK(matched({by(row.name, row.text)}, wanted(row.handle, row.code), facebook) == row.on_facebook);
  }
}

TEST_CASE("spelling is forgiven: case, @, blanks and characters nobody sees") {
  struct Row {
    const char *handle, *name;
  };
  for (const Row& row : std::initializer_list<Row>{{"Ana_B", "ana_b"},
                                                   {"@ana_b", "ana_b"},
                                                   {"  @Ana_B \n", "ANA_B"},
                                                   {"\u200bana\u200d_b", "ana_b"},
                                                   {"\ufeff@ana_b\u2060", "ana\u00ad_b"},
                                                   {"\u202aana_b\u202c", "ana_b"},
                                                   {"\u2066\u200e@ana_b\u2069", "ana\u200f\u061c_b"},
                                                   {"\uff21na_\uff42", "ana_b"},
                                                   {"ana.b\u2800", "ana.b"},
                                                   {" ana.b. ", "ana.b"},
                                                   {"https://www.instagram.com/ana.b/", "ana.b"},
                                                   {"instagram.com/Ana.B?igsh=x", "ana.b"},
                                                   {"ana_b", "@ana_b"}}) {
    CAPTURE(row.handle);
    CHECK(matched({by(row.name, "nice")}, wanted(row.handle, "")) == "B 1");
  }
  for (const char* text :
       {"spin-7q4k", "@spin-7q4k", "Here: SPIN-7Q4K!", "(SPIN-7Q4K)", "SP\u200bIN-7Q4K", "\u202eSPIN-7Q4K\u202c",
        "\uff33PIN-7Q\uff14K", "x SPIN-7Q4K\ny", "“SPIN-7Q4K”", "🎉SPIN-7Q4K🎉", "SPIN-7Q4K…", "XSPIN-7Q4K SPIN-7Q4K",
        "SPIN\u20117Q4K", "SPIN–7Q4K", "SPIN - 7Q4K", "SPIN 7Q4K", "my SPIN7Q4K!", "SPIN— 7Q4K"}) {
    CAPTURE(text);
    CHECK(matched({by("", text)}, wanted("", " Spin-7Q4K ")) == "B 1");
    CHECK(matched({by("", "Spin-7Q4K")}, wanted("", " Spin–7Q4K ")) == "B 1");
  }
  for (const char* text : {"SPIN-7Q4", "SPIN.7Q4K", "SPIN-7Q4KX", "XSPIN7Q4K", "SP-IN-7Q4K", "SPIN-7Q-4K"}) {
    CAPTURE(text);
    CHECK(matched({by("", text)}, wanted("", "SPIN-7Q4K")) == "-");
  }
  CHECK(matched({by("anab", "nice")}, wanted("instagram.com/p/123", "")) == "-");
  CHECK(plain("") == "");
  CHECK(plain("@") == "");
  CHECK(plain("@@Ana") == "@ana");
}

TEST_CASE("a code inside a longer word is another code") {
  for (const char* text : {"AB12", "XAB1", "AB1AB1", "0AB1", "ab1x", "AB", "A B1", "AB-1"}) {
    CAPTURE(text);
    CHECK(matched({by("", text)}, wanted("", "AB1")) == "-");
  }
  CHECK(matched({by("", "AB1-AB1")}, wanted("", "AB1")) == "B 1");
}

TEST_CASE("a comment older than the claim's beginning shows nothing; two minutes of clock difference are allowed") {
  for (const auto& [at, found] : {std::pair(noon - Millis(120'001), "-"),
                                  {noon - Millis(120'000), "A 1"},
                                  {noon, "A 1"},
                                  {noon + std::chrono::days(6), "A 1"}}) {
    CAPTURE(to_ms(at) - to_ms(noon));
    CHECK(matched({by("ana", "AB1", at)}, wanted("ana", "AB1")) == found);
  }
}

TEST_CASE("the best of several comments is taken, among equals the first") {
  const auto weak = by("ana", "nice", noon, "1"), code = by("bob", "AB1", noon, "2"),
             best = by("ana", "AB1", noon, "3");
  CHECK(matched({weak, code, best}, wanted("ana", "AB1")) == "A 3");
  CHECK(matched({best, code, weak}, wanted("ana", "AB1")) == "A 3");
  CHECK(matched({weak, code}, wanted("ana", "AB1")) == "B 1");
  CHECK(matched({weak, code}, wanted("ana", "AB1"), facebook) == "B 2");
  CHECK(matched({weak, best}, wanted("ana", "AB1"), facebook) == "B 3");
}

TEST_CASE("a comment that has shown a claim shows no other, by whichever of its names it comes") {
  const auto first = by("ana", "AB1", noon, "500_77"), second = by("ana", "nice", noon, "78");
  CHECK(matched({first, second}, wanted("ana", "AB1"), instagram, "77") == "B 78");
  CHECK(matched({first}, wanted("ana", "AB1"), instagram, "77") == "-");
  CHECK(matched({by("ana", "AB1", noon, "77")}, wanted("ana", "AB1"), instagram, "77") == "-");
  CHECK(comment_id("500_77") == "77");
  CHECK(comment_id("1_500_77") == "77");
  CHECK(comment_id("77") == "77");
  CHECK(comment_id("") == "");
}
