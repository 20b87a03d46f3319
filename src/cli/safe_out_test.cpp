// Nothing that a stranger wrote steers a terminal or breaks a line of JSON, in whatever pieces it comes.
#include "cli/safe_out.hpp"

#include <ostream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <sstream>

using namespace milkrun::cli;

namespace {

const std::string nasty[] = {"\x1b[2J",
                             "\x1b]0;title\x07",
                             "\x9b"
                             "31m",
                             "a\rb",
                             "\x7f",
                             "\u009b31m",
                             "\u202e gnp.exe",
                             "\u2066x\u2069",
                             "\u200fx",
                             "\u061c",
                             "x\u2028y",
                             "\b\b\b",
                             "\u0085",
                             "\x00z",
                             "\xff\xfe"};

bool calm(std::string_view s) {
  for (const char c : s)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == '\x7f') return false;
  for (const char* mark : {"\u0085", "\u009b", "\u202e", "\u2066", "\u2069", "\u200f", "\u061c", "\u2028"})
    if (s.find(mark) != std::string_view::npos) return false;
  return true;
}

} // namespace

TEST_CASE("controls, C1, DEL, turned writing and broken bytes are made visible; text, lines and tabs stay") {
  for (const std::string& text : nasty) {
    CAPTURE(text.size());
    CHECK(calm(made_safe(text)));
  }
  CHECK(made_safe("\x1b[2J") == "\\u001b[2J");
  CHECK(made_safe("\u202ex") == "\\u202ex");
  CHECK(made_safe("\xff") == "\uFFFD");
  const std::string plain = "Grüße,\t日本語 👩‍👩‍👧 עברית\n";
  CHECK(made_safe(plain) == plain);
}

TEST_CASE("colours pass only where they are wanted, and nothing else that begins like one") {
  CHECK(made_safe("\x1b[31mred\x1b[0m", true) == "\x1b[31mred\x1b[0m");
  CHECK(made_safe("\x1b[31mred", false) == "\\u001b[31mred");
  CHECK(made_safe("\x1b[31H\x1b[?25l\x1b[1;", true) == "\\u001b[31H\\u001b[?25l\\u001b[1;");
}

TEST_CASE("a document of JSON stays one, whatever its strings hold") {
  for (const std::string& text : nasty) {
    const nlohmann::json document = {{"text", text}};
    const std::string out = made_safe(document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    CHECK(calm(out));
    const auto back = nlohmann::json::parse(out, nullptr, false);
    REQUIRE_FALSE(back.is_discarded());
    if (text.find_first_of("\x9b\xff") == std::string::npos) CHECK(back["text"] == text);
  }
}

TEST_CASE("what comes in pieces is handed on whole and in order") {
  std::string text;
  for (int i = 0; i < 3'000; ++i) text += "ü日👩\x1b[1m\u202e" + std::to_string(i);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4'095}, std::size_t{100'000}}) {
    std::ostringstream inner;
    {
      SafeOut out(inner, true);
      for (std::size_t i = 0; i < text.size(); i += piece) out << text.substr(i, piece);
    }
    CHECK(inner.str() == made_safe(text, true));
  }
  std::ostringstream inner;
  SafeOut out(inner, false);
  out << "now" << std::flush;
  CHECK(inner.str() == "now");
  inner.setstate(std::ios::badbit);
  out << "lost" << std::flush;
  CHECK_FALSE(out);
}
