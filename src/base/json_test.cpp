// Whatever strangers send: a value, or nothing.
#include "base/json.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

TEST_CASE("text is JSON whole, not too deep, or nothing") {
  CHECK(parse_json(R"({"a":1})"));
  for (const char* bad : {"", "{", "{} x", "[1,]", "nope", "\xff"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_json(bad));
  }
  CHECK(parse_json("[[1]]", 2));
  CHECK_FALSE(parse_json("[[[1]]]", 2));
  CHECK_FALSE(parse_json(std::string(100'000, '[')));
  CHECK(text_of(*parse_json("\"a\xff\"")) == "a\xef\xbf\xbd");
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
