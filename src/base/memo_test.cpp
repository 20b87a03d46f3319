#include "base/memo.hpp"

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using namespace milkrun;

TEST_CASE("a memo asks once for a text, as long as it holds it, and holds few") {
  Memo<std::size_t> memo;
  int asked = 0;
  const auto length = [&](std::string_view text) {
    ++asked;
    return text.size();
  };
  CHECK(memo.of("four", length) == 4);
  CHECK(memo.of("four", length) == 4);
  CHECK(memo.of("", length) == 0);
  CHECK(memo.of("", length) == 0);
  CHECK(asked == 2);
  for (int i = 0; i < 1'000; ++i) CHECK(memo.of(std::to_string(i), length) == std::to_string(i).size());
  CHECK(asked == 1'002);
  CHECK(memo.of("four", length) == 4);
  CHECK(asked == 1'003); // it was forgotten
}

TEST_CASE("what throws is not kept") {
  Memo<int> memo;
  const auto fails = [](std::string_view) -> int { throw std::invalid_argument("no"); };
  CHECK_THROWS_AS(memo.of("x", fails), std::invalid_argument);
  CHECK(memo.of("x", [](std::string_view) { return 7; }) == 7);
}
