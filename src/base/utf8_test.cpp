// UTF-8 in, valid UTF-8 out: what is valid, how the invalid is repaired, cut and made harmless.
#include "base/text.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace std::string_literals;

TEST_CASE("invalid UTF-8 is recognised and repaired as WHATWG does") {
  struct Row {
    const char* what;
    std::string bytes, repaired;
    bool valid;
  };
  const std::string r = "\uFFFD";
  const Row rows[] = {{"ASCII", "a~", "a~", true},
                      {"empty", "", "", true},
                      {"NUL: valid, but no database takes it", "a\0b"s, "a" + r + "b", true},
                      {"two bytes", "\xC2\x80\xDF\xBF", "\xC2\x80\xDF\xBF", true},
                      {"three bytes", "\xE0\xA0\x80\xEF\xBF\xBF", "\xE0\xA0\x80\xEF\xBF\xBF", true},
                      {"around the surrogates", "\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80", true},
                      {"four bytes", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", true},
                      {"overlong /", "\xC0\xAF", r + r, false},
                      {"overlong, two", "\xC1\xBF", r + r, false},
                      {"overlong, three", "\xE0\x9F\xBF", r + r + r, false},
                      {"overlong, four", "\xF0\x8F\xBF\xBF", r + r + r + r, false},
                      {"low surrogate", "\xED\xA0\x80", r + r + r, false},
                      {"high surrogate", "\xED\xBF\xBF", r + r + r, false},
                      {"above 10FFFF", "\xF4\x90\x80\x80", r + r + r + r, false},
                      {"F5 and five bytes", "\xF5\xF8\xFF", r + r + r, false},
                      {"stray continuation", "a\x80z", "a" + r + "z", false},
                      {"truncated, two of three", "a\xE2\x82", "a" + r, false},
                      {"truncated, three of four", "\xF0\x9F\x98z", r + "z", false},
                      {"truncated, one of two", "\xC3", r, false},
                      {"truncated by a lead", "\xE2\x82\xC3\xA4", r + "ä", false},
                      {"Latin-1", "M\xFCnchen", "M" + r + "nchen", false}};
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(text::is_utf8(row.bytes) == row.valid);
    CHECK(text::to_valid_utf8(row.bytes) == row.repaired);
    CHECK(text::is_utf8(text::to_valid_utf8(row.bytes)));
  }
}

TEST_CASE("append_utf8 writes any code point and replaces what is none") {
  const auto written = [](char32_t code_point) {
    std::string out;
    text::append_utf8(out, code_point);
    return out;
  };
  CHECK(written('a') == "a");
  CHECK(written(0x7F) == "\x7F");
  CHECK(written(0x80) == "\xC2\x80");
  CHECK(written(0x7FF) == "\xDF\xBF");
  CHECK(written(0x800) == "\xE0\xA0\x80");
  CHECK(written(0xFFFF) == "\xEF\xBF\xBF");
  CHECK(written(0x1F600) == "😀");
  CHECK(written(0x10FFFF) == "\xF4\x8F\xBF\xBF");
  for (char32_t none : {char32_t{0xD800}, char32_t{0xDFFF}, char32_t{0x110000}, char32_t{0xFFFFFFFF}})
    CHECK(written(none) == "\uFFFD");
}

TEST_CASE("clip cuts between code points and says so within the limit") {
  CHECK(text::clip("abc", 3) == "abc");
  CHECK(text::clip("abcdef", 5) == "ab…");
  CHECK(text::clip("aäöü", 6) == "aä…");
  CHECK(text::clip("😀😀", 7) == "😀…");
  CHECK(text::clip("😀😀", 6) == "…");
  CHECK(text::clip("abc", 2) == "ab"); // no room for an ellipsis
  CHECK(text::clip("äö", 1).empty());
  CHECK(text::clip("abc", 0).empty());
  const std::string long_text = "Grüße 😀 aus München… " + std::string(50, 'x');
  for (std::size_t max = 0; max < long_text.size(); ++max) {
    CAPTURE(max);
    CHECK(text::clip(long_text, max).size() <= max);
    CHECK(text::is_utf8(text::clip(long_text, max)));
  }
}

TEST_CASE("one_line makes untrusted text harmless on a terminal and in a log") {
  struct Row {
    const char* what;
    std::string in, out;
  };
  const Row rows[] = {{"plain", "Grüße, 日本 👩‍👩‍👧", "Grüße, 日本 👩‍👩‍👧"},
                      {"line ends", "a\r\nb", "a\\x0D\\x0Ab"},
                      {"NUL and tab", "\0\t"s, "\\x00\\x09"},
                      {"terminal title", "\x1B]0;pwned\x07", "\\x1B]0;pwned\\x07"},
                      {"DEL", "\x7F", "\\x7F"},
                      {"C1: CSI in one code point", "\u009B31m", "\\x9B31m"},
                      {"NEL", "a\u0085b", "a\\x85b"},
                      {"bidi override", "a\u202Eb\u2066c\u200Fd\u061C", "a\\u{202E}b\\u{2066}c\\u{200F}d\\u{61C}"},
                      {"line and paragraph separator", "a\u2028b\u2029", "a\\u{2028}b\\u{2029}"},
                      {"byte order mark, tag", "\uFEFF\U000E0041", "\\u{FEFF}\\u{E0041}"},
                      {"invalid bytes", "a\xFF\xE2\x82z", "a\\xFF\\xE2\\x82z"}};
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(text::one_line(row.in) == row.out);
  }
}

TEST_CASE("one_line keeps to its size and never cuts an escape in two") {
  CHECK(text::one_line("abcdef", 6) == "abcdef");
  CHECK(text::one_line("abcdefg", 6) == "abc…");
  CHECK(text::one_line("ab\ncd", 6) == "ab…");
  CHECK(text::one_line("\n\n", 4) == "…");
  CHECK(text::one_line("abc", 2) == "ab");
  CHECK(text::one_line("\n", 2).empty());
  CHECK(text::one_line(std::string(1'000'000, 'x')).size() == 200);
}
