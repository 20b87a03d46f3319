// The depth check counts structure, not text.
#include "base/json_depth.hpp"

#include <ostream>
#include <string>

#include <doctest/doctest.h>

namespace {

TEST_CASE("json depth counts open arrays and objects, not brackets in strings") {
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
    CHECK(milkrun::json_depth_within(row.text, row.levels) == row.within);
  }
}

} // namespace
