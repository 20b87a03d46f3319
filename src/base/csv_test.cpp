// Files as spreadsheets write them.
#include "base/csv.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

namespace {

using Cells = std::vector<std::string>;

std::vector<csv::Row> rows(std::string_view text, char delimiter = ',') {
  auto out = csv::parse(text, delimiter);
  REQUIRE(out);
  return *out;
}

} // namespace

TEST_SUITE("base: csv") {
  TEST_CASE("cells, quotes and line ends of every kind") {
    const auto got = rows("a,b\r\n\"x, \"\"y\"\"\",\"two\nlines\"\rlast,\n\n,\n 5\" ,\"q\" tail");
    REQUIRE(got.size() == 4);
    CHECK(got[0].cells == Cells{"a", "b"});
    CHECK(got[1].cells == Cells{"x, \"y\"", "two\nlines"});
    CHECK(got[1].line == 2);
    CHECK(got[2].cells == Cells{"last", ""});
    CHECK(got[2].line == 4); // the cell of two lines counts
    CHECK(got[3].cells == Cells{" 5\" ", "q tail"});
    CHECK(got[3].line == 7);
    CHECK(rows("").empty());
    CHECK(rows("a;b", ';').at(0).cells == Cells{"a", "b"});
    CHECK(rows("a,b,").at(0).cells == Cells{"a", "b", ""});
  }

  TEST_CASE("a quote that is never closed is told with its line") {
    CHECK(csv::parse("a\nb,\"c\nd\n", ',').error() == "line 2: a quote is never closed");
  }

  TEST_CASE("the encodings of spreadsheets become UTF-8") {
    const std::string umlauts = "M\xc3\xbcller;\xe2\x82\xac";
    CHECK(csv::to_utf8(umlauts) == umlauts);
    CHECK(csv::to_utf8("\xef\xbb\xbf" + umlauts) == umlauts);
    CHECK(csv::to_utf8("M\xfcller;\x80") == umlauts);
    const std::string little("M\0\xfc\0l\0l\0e\0r\0;\0\xac\x20", 16), big("\0M\0\xfc\0l\0l\0e\0r\0;\x20\xac", 16);
    CHECK(csv::to_utf8("\xff\xfe" + little) == umlauts);
    CHECK(csv::to_utf8("\xfe\xff" + big) == umlauts);
    CHECK(csv::to_utf8(little) == umlauts); // seven of eight: without a mark too
    CHECK(csv::to_utf8(big) == umlauts);
    CHECK(csv::to_utf8(std::string("\xff\xfe\x3d\xd8\x00\xde", 6)) == "\xf0\x9f\x98\x80");
    CHECK(csv::to_utf8(std::string("\xff\xfe\x3d\xd8", 4)) == "\xef\xbf\xbd");
    CHECK(csv::to_utf8(std::string("a\0b\xff", 4)) == std::string("a\0b\xc3\xbf", 5)); // a reader refuses it
    CHECK(csv::to_utf8(std::string("\xff\xfe"
                                   "a\0\0\0",
                                   6)) == std::string("a\0", 2));
    CHECK(csv::to_utf8("").empty());
  }
}
