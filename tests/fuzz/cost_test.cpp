// What the worst shapes of each parser cost in CPU time: a second at most for a text as large as it may come. Feeds
// have a table of their own (src/providers/feed/limits_test.cpp), and so have packed answers
// (src/http/limits_test.cpp).
#include "fuzz/fuzz.hpp"

#include "base/json.hpp"
#include "content/content.hpp"
#include "content/template.hpp"
#include "support/cpu.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <functional>

using namespace milkrun;

namespace {

// A sanitizer's build looks at a quarter: a cost that grows with the square shows there too.
constexpr std::size_t part = test::cpu_limit(1.0) > 1 ? 4 : 1;
constexpr std::size_t kib = 1024, mib = 1024 * kib;

struct Shape {
  std::string begin, piece, end; // the piece as often as there is room
};

std::string filled(const Shape& shape, std::size_t bytes) {
  std::string out = shape.begin;
  const std::size_t room = bytes - shape.end.size();
  while (out.size() + shape.piece.size() + 16 < room) out += shape.piece;
  return out + shape.end;
}

std::string numbered(std::size_t bytes) { // names that all differ
  std::string out = "{";
  for (int i = 0; out.size() + 32 < bytes; ++i) out += "\"k" + std::to_string(i) + "\":0,";
  return out + "\"k\":0}";
}

const std::vector<Shape> json_shapes{
    {"[", "{},", "{}]"},
    {"", "[", ""},
    {"", "{\"a\":", "1"},
    {"x" + std::string(20, '['), "0,", "x" + std::string(20, ']')},
    {"", "[x]", ""},
    {"x", "[1]", ""},
    {"[\"", "\\u0041", "\"]"},
    {"[\"", "\\ud800", "\"]"},
    {"[", "1", "]"},
    {"[1e", "9", "]"},
    {"{\"error\":{\"message\":\"", "retry in ", "\"}}"},
    {"{\"error\":\"", "%41&#65;\\\\x41", "\"}"},
    {"Notice: \"", "[{\"a\":\"b\"},", "]"},
    {"[\"", "\xff", "\"]"},
};
const std::vector<Shape> html_shapes{
    {"", "<b>", ""},
    {"", "<p><a href='//x'>", ""},
    {"", "<b><i></b>", ""},
    {"<table>", "<tr><b><td>", ""},
    {"<p ", "a='' ", ">"},
    {"", "&amp;", ""},
    {"", "&#x41", ""},
    {"<!--", "--!", ""},
    {"", "<", ""},
    {"<select>", "<option><b>", ""},
    {"<svg>", "<math><mi>", ""},
    {"", "<!-- wp:x -->[y]", ""},
};
const std::vector<Shape> markdown_shapes{
    {"", "[", ""},      {"", "![", ""},     {"", "*a ", ""}, {"", "**a_", ""},  {"", "> ", "x"},
    {"", "`a``b ", ""}, {"", "[a](", ""},   {"", "<a ", ""}, {"", "- ", "x"},   {"", "[a]: x\n", ""},
    {"", "&#1;", ""},   {"", "a\n-\n", ""}, {"", "\\", ""},  {"", "[x][y", ""},
};
const std::vector<Shape> template_shapes{{"", "{{", ""}, {"", "{{name}}", ""}, {"", "{{ nam", ""}, {"", "{name} ", ""}};
const std::vector<Shape> csv_shapes{
    {"phone,name\n", "1,\n", ""},
    {"phone\n", "\"", ""},
    {"phone,name\n", "\"a\"\"", "\""},
    {"", "phone,", "\n1"},
    {"phone;name\n", ";,", ""},
    {"phone,name\n", "+491701234567,x\n", ""},
    {"", "a,", "\n1"},
};

struct Parser {
  const char* name;
  std::size_t most; // bytes that may come
  double seconds;   // in a release build, for all calls that it makes of the text
  const std::vector<Shape>& shapes;
  std::function<void(std::string_view)> read;
};

const Parser parsers[] = {
    {"HTML", 256 * kib, 1, html_shapes, [](std::string_view b) { static_cast<void>(content::sanitise_html(b)); }},
    {"HTML as text", 256 * kib, 1, html_shapes, [](std::string_view b) { static_cast<void>(content::to_text(b)); }},
    {"Markdown", 128 * kib, 1, markdown_shapes,
     [](std::string_view b) { static_cast<void>(content::from_markdown(b)); }},
    {"a template", 64 * kib, 1, template_shapes,
     [](std::string_view b) {
       static_cast<void>(content::fill(b, {{"name", std::string(100, '{')}}));
       static_cast<void>(content::check_template(b, content::campaign_placeholders()));
     }},
    {"JSON in words", 16 * mib, 1, json_shapes, [](std::string_view b) { static_cast<void>(parse_noisy_json(b)); }},
    {"a portal", 16 * mib, 1, json_shapes, fuzz::portal},
    {"WordPress", 512 * kib, 2, json_shapes, fuzz::wordpress}, // some ten answers
    {"Graph", 1 * mib, 4, json_shapes, fuzz::graph},           // six clients, several pages
    {"WhatsApp", 128 * kib, 1, json_shapes, fuzz::whatsapp},   // six services
    {"an AI", 1 * mib, 4, json_shapes, fuzz::ai},              // four services
    {"a token service", 64 * kib, 1, json_shapes, fuzz::token},
    {"an import", 16 * mib, 1, json_shapes, fuzz::import_json},
    {"a spreadsheet", 2 * mib, 2, csv_shapes, fuzz::import_csv}, // two lists
};

} // namespace

TEST_CASE("no parser takes more than a second for the worst that may come to it") {
  double worst = 0;
  for (const Parser& parser : parsers) {
    const std::string name = parser.name;
    const auto costs = [&](const std::string& text, const std::string& shape) {
      const double before = test::cpu_seconds();
      parser.read(text);
      const double spent = test::cpu_seconds() - before;
      worst = std::max(worst, spent / parser.seconds);
      CAPTURE(name);
      CAPTURE(shape);
      CHECK(spent < test::cpu_limit(parser.seconds) / static_cast<double>(part));
    };
    for (const Shape& shape : parser.shapes) costs(filled(shape, parser.most / part), shape.begin + shape.piece);
    if (&parser.shapes == &json_shapes) costs(numbered(parser.most / part), "names that all differ");
  }
  MESSAGE("the dearest took ", worst, " s of one allowed");
}
