// What looks the same is the same.
#include "base/text.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

TEST_CASE("marks that nobody sees do not count") {
  for (const char* mark :
       {"\u200b", "\u200c", "\u200d", "\u2060", "\ufeff",     "\u00ad", "\u200e", "\u200f", "\u061c",
        "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",     "\u2066", "\u2067", "\u2068", "\u2069",
        "\u206a", "\u206f", "\u180e", "\ufe0f", "\U000e0041", "\u034f", "\u115f", "\x01",   "\x7f"}) {
    CAPTURE(text::one_line(mark));
    CHECK(text::folded(std::string(mark) + "ana" + mark + ".b" + mark) == "ana.b");
  }
}

TEST_CASE("case, width and composition do not count") {
  CHECK(text::folded("ANA.B") == "ana.b");
  CHECK(text::folded("Ünal") == text::folded("u\u0308nal"));
  CHECK(text::folded("\uff21\uff22\uff11") == "ab1"); // full-width AB1
  CHECK(text::folded("Stra\u00dfe") == "strasse");
  CHECK(text::folded("\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2") ==
        text::folded("\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c3"));
  CHECK(text::folded("\ufb01n") == "fin"); // ligature
  CHECK(text::folded("a\u00a0b") == "a b");
  CHECK(text::folded("a\tb\nc") == "a b c");
}

TEST_CASE("other people stay other people, and no input is too strange") {
  CHECK(text::folded("ana.b") != text::folded("ana_b"));
  CHECK(text::folded("\u0430na") != "ana"); // a Cyrillic letter: another name on the platform too
  CHECK(text::folded("") == "");
  CHECK(text::folded("a\xff\xc3") == "a\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(text::folded(std::string("a\0b", 3)) == "a\xef\xbf\xbd"
                                                "b");
  CHECK(text::folded("\u202e") == "");
}
