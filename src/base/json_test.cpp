// Whatever strangers send: a value, or nothing.
#include "base/json.hpp"

#include "support/cpu.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

TEST_CASE("text is JSON whole, within its limits, or nothing") {
  CHECK(parse_json(R"({"a":1})"));
  for (const char* bad : {"", "{", "{} x", "[1,]", "nope", "\xff"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_json(bad));
  }
  CHECK(parse_json("[[1]]", {.levels = 2}));
  CHECK_FALSE(parse_json("[[[1]]]", {.levels = 2}));
  CHECK_FALSE(parse_json(std::string(100'000, '[')));
  CHECK(text_of(*parse_json("\"a\xff\"")) == "a\xef\xbf\xbd");
}

TEST_CASE("depth counts open arrays and objects, not brackets in strings") {
  struct Row {
    std::string text;
    std::size_t levels;
    bool within;
  };
  const Row rows[] = {
      {"", 0, true},
      {"1", 0, true},
      {"[]", 0, false},
      {"[]", 1, true},
      {"[{}]", 1, false},
      {"[{},{},[]]", 2, true},
      {R"(["[[[[", "\"[["])", 1, true},
      {R"(["\\"][[)", 1, false},
      {"]]][", 1, true},
      {std::string(1'000'000, '['), 64, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text.substr(0, 40));
    CHECK(json_within(row.text, {.levels = row.levels}) == row.within);
  }
}

TEST_CASE("values and the sizes of strings are counted before anything is built") {
  struct Row {
    std::string text;
    std::size_t values, string;
    bool within;
  };
  std::string empties = "[";
  for (int i = 0; i < 1000; ++i) empties += "{},";
  const Row rows[] = {
      {"[1,2,3]", 4, 9, true},          {"[1,2,3]", 3, 9, false},          {R"(["a,b,c,d"])", 2, 9, true},
      {R"({"a":{"b":1}})", 3, 9, true}, {empties + "{}]", 1000, 9, false}, {empties + "{}]", 3000, 9, true},
      {R"(["12345"])", 9, 5, true},     {R"(["123456"])", 9, 5, false},    {R"({"123456":1})", 9, 5, false},
      {"\"123456", 9, 5, false},                                      // cut off
      {R"("\"\"\"")", 9, 6, true},      {R"("\"\"\"")", 9, 5, false}, // as it is written
  };
  for (const Row& row : rows) {
    CAPTURE(row.text.substr(0, 40));
    CAPTURE(row.values);
    CHECK(json_within(row.text, {.values = row.values, .string = row.string}) == row.within);
  }
  CHECK_FALSE(parse_json(empties + "{}]", {.values = 1000}));
}

TEST_CASE("a number has an end") {
  CHECK(json_within("[" + std::string(1'000, '1') + "]", {}));
  CHECK_FALSE(json_within("[" + std::string(1'001, '1') + "]", {}));
  CHECK(json_within("{\"" + std::string(2'000, 'a') + "\":[true, null,-1.5e3,1]}", {}));
  CHECK_FALSE(find_json("x\n[" + std::string(100'000, '1') + "]\n"));
}

TEST_CASE("what stands between two texts or numbers has an end, and what stands around the value has none") {
  for (const std::string blank : {" ", "\n", "\t", "\r"}) {
    std::string many;
    while (many.size() < longest_json_gap - 16) many += blank;
    CHECK(parse_json("[1," + many + "2," + many + "\"a\"," + many + "true]"));
    CHECK(parse_json(many + many + "[1]" + many + many));
    CHECK(find_json(many + many + "[1]" + many + many)->text == "[1]");
    CHECK_FALSE(parse_json("[1," + many + many + "2]"));
    CHECK_FALSE(find_json("[1," + many + many + "x]"));
    CHECK_FALSE(parse_json("[1," + many + "[{}," + many + "true]]")); // together they are what is copied
  }
  std::string numbers = "[";
  for (int i = 0; i < 40'000; ++i) numbers += "1,";
  CHECK(parse_json(numbers + "1]"));
  const auto excess = json_excess("{\"a\":" + std::string(1'001, '7') + "}", {});
  REQUIRE(excess);
  CHECK(excess->what == JsonExcess::word);
  CHECK(excess->at == 5);
}

TEST_CASE("the complaint about a text that is none costs no more than its bound, however it is filled") {
  std::string nothing;
  while (nothing.size() < std::size_t{8} << 20) nothing += "\n\t\n\r";
  const double before = milkrun::test::cpu_seconds();
  for (const std::string& text :
       {nothing, nothing + "x", "[1," + nothing + "x", "[" + nothing + "}", "{\"a\"" + nothing})
    CHECK_FALSE(parse_noisy_json(text));
  CHECK(milkrun::test::cpu_seconds() - before < milkrun::test::cpu_limit(1));
}

TEST_CASE("words that a plugin printed around the JSON are stepped over") {
  const std::string answer = R"({"id":7,"link":"https://h/[x]{y}"})";
  struct Row {
    std::string text, found; // "" = nothing
  };
  const Row rows[] = {
      {answer, answer},
      {"\xef\xbb\xbf" + answer, answer},
      {"<br />\n<b>Deprecated</b>: Function x[0] is {old} in <b>/srv/p.php</b> on line <b>3</b><br />\n" + answer,
       answer},
      {answer + "\n<!-- Cached by [Fast] {1.2} -->", answer},
      {"Notice: [0]\n" + answer + "\nNotice: [1]", answer},
      {"Warning: [\n" + answer, answer}, // one that never closes
      {"PHP Notice: x\n[]", "[]"},
      // A part of words is no answer, however short the answer is.
      {"<b>Warning</b>: Undefined array key \"x[0]\" in /a.php:3<br>\n[]", "[]"},
      {"Array\n(\n    [0] => a\n)\n[]", "[]"},
      {"<script>var x={\"a\":1};</script>\n[]", "[]"},
      {"[]\n<!-- Cached {\"a\":[1]} -->", "[]"},
      {"[]<br />\n<b>Notice</b>: x[0] {y} in /a.php", "[]"},
      {"<script>var x={\"a\":[\"a much longer text than the answer itself\"]};</script>" + answer, answer},
      {"Notice: y\n[" + answer + "," + answer + "]", "[" + answer + "," + answer + "]"},
      // A plugin that prints JSON does so before the answer.
      {"{\"debug\":true}\n[]", "[]"},
      {"{\"debug\":[\"longer than what follows it, by far\"]}\n" + answer, answer},
      {"[]\n" + answer, answer},
      // Cut off: a part of an answer is no answer.
      {"Notice: y\n[" + answer + "," + answer, ""},
      {R"({"id":7,"title":{"raw":"x"})", ""},
      {"[[1,2],[3", ""},
      {"[\n" + answer, ""},
      {"Notice: y\n[\n" + answer, ""},
      {"Notice: y[" + answer, ""},
      {"Notice: y[\n  " + answer, ""},
      {"{\"a\": [\n" + answer, ""},
      // A page is never searched.
      {"<!DOCTYPE html><script>var a = [];</script>", ""},
      {"<html><script>var a = {\"id\":7};</script></html>", ""},
      {"nothing here", ""},
      {"", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto found = find_json(row.text);
    CHECK((found ? std::string(found->text) : "") == row.found);
    if (found) CHECK(found->noise == (row.text != row.found));
    const auto parsed = parse_noisy_json(row.text);
    CHECK(parsed.has_value() == !row.found.empty());
    if (parsed) CHECK(parsed->value == *parse_json(row.found));
  }
  CHECK_FALSE(parse_noisy_json("x [[[1]]]", {.levels = 2})); // nor is a part of what is too much
}

TEST_CASE("a hostile answer costs a few passes over it") {
  // 4 MiB, each start a try: ends by the number of tries, not by the size.
  CHECK_FALSE(parse_noisy_json(std::string(std::size_t{4} << 20, '[')));
  std::string pairs;
  for (int i = 0; i < 1'000'000; ++i) pairs += "[x]";
  CHECK_FALSE(parse_noisy_json(pairs));
}

TEST_CASE("brackets within brackets make no search longer than some passes over the text") {
  // Each of the first twenty brackets is closed at the very end: a try of them is as long as the text.
  const std::string open(20, '['), close(20, ']');
  std::string inner;
  while (inner.size() < (std::size_t{16} << 20) - 64) inner += "0,";
  const std::string bad = "x" + open + inner + "x" + close;
  const JsonLimits many{.values = 10'000'000};
  const double before = test::cpu_seconds();
  CHECK_FALSE(find_json(bad, many));
  CHECK_FALSE(find_json(bad));
  CHECK_FALSE(parse_noisy_json(bad));
  CHECK(test::cpu_seconds() - before < test::cpu_limit(1.0));
  // An answer behind such words is still found, where the text is as short as answers are.
  const std::string answer = R"({"id":7})";
  const std::string words = "x" + open.substr(10) + std::string(1'000, 'x') + close.substr(10) + " " + answer;
  const auto found = find_json(words);
  REQUIRE(found);
  CHECK(found->text == answer);
}

TEST_CASE("what exceeds the limits is not searched for a part that does not") {
  CHECK_FALSE(find_json("x [[[{}]]]", {.levels = 2}));
  CHECK_FALSE(find_json("x [1,2,3,[4]]", {.values = 3}));
  CHECK(find_json("x [[{}]]", {.levels = 3}));
}

TEST_CASE("a member or an element that is not there, or of something else, is null") {
  const auto value = *parse_json(R"({"list":["x",7],"text":"t"})");
  CHECK(member(value, "text") == "t");
  CHECK(element(member(value, "list"), 1) == 7);
  CHECK(member(value, "none").is_null());
  CHECK(member(member(value, "list"), "0").is_null());
  CHECK(element(member(value, "list"), 2).is_null());
  CHECK(element(value, 0).is_null());
  CHECK(text_of(element(member(value, "list"), 0)) == "x");
  CHECK(text_of(element(member(value, "list"), 1)) == "");
}
