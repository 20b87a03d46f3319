#include "base/words.hpp"

#include <doctest/doctest.h>

using milkrun::words_in;

TEST_CASE("a list of words is read in its order; what is no text or no list is left out") {
  using Words = std::vector<std::string>;
  CHECK(words_in(R"(["b", "", "a\u00fc"])") == Words{"b", "", "aü"});
  CHECK(words_in(R"([1, "a", null, ["b"], {"c": "d"}])") == Words{"a"});
  for (const char* none : {"[]", "{\"a\": \"b\"}", "\"a\"", "[\"a\"", "", "null"})
    CHECK_MESSAGE(words_in(none).empty(), none);
}
