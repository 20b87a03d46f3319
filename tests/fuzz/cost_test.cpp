// What the worst shapes of each parser cost in CPU time: a second at most for a text as large as it may come. Feeds
// have a table of their own (src/providers/feed/limits_test.cpp), and so have packed answers
// (src/http/limits_test.cpp).
#include "fuzz/fuzz.hpp"

#include "base/json.hpp"
#include "content/content.hpp"
#include "content/filter.hpp"
#include "content/template.hpp"
#include "support/cpu.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <random>

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
    // What a parser's complaint would copy: blanks without an end, and what stands among them.
    {"", "\n", "x"},
    {"[1,", "\n", "x"},
    {"[1,", "\t", ""},
    {"{\"version\":\"https://jsonfeed.org/version/1\"", "\r\n", "x}"},
    {"[1,", "[true,\n\n\n\n\n\n\n\n],", "x"},
    {"[1,", std::string(32'768, '\n') + "1,", "x"},
    {"[\"", std::string(1, '\0'), "\"]"},
    {"", std::string(1, '\0'), ""},
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

const std::string multipart = "Content-Type: multipart/report; boundary=\"b\"\n\n";
const std::string status_part = multipart + "--b\nContent-Type: message/delivery-status\n\n";
const std::vector<Shape> report_shapes{
    {multipart, "--b\n", ""},
    {"Content-Type: multipart/report; boundary=\"-\"\n\n", "---\n", ""},
    {multipart, "--b\nContent-Type: x\n\n", ""},
    {status_part, "a:\n", ""},
    {status_part, "a:\n\n", ""},
    {status_part, "Action: failed\n\n", ""},
    {status_part + "Status: 5.1.1\n", " x\n", ""},
    {status_part + "Action: failed\nStatus: ", "5.1. ", ""},
    {multipart + "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n", "--b\n", ""},
    {multipart + "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--b\nContent-Type: "
                 "message/rfc822\n\nList-Unsubscribe: ",
     "<x/y>,", ""},
    {multipart, "\n", ""},
    {"", ":\n", ""},
    {"", "a: b\n", ""},
};
const std::vector<Shape> reply_shapes{
    {"", "550-5.1.1 x\n", "550 5.1.1 x"},
    {"535\nsmtp-phase: sign-in\n\n535 ", "fuzz-secret-", ""},
    {"", "%41&#65;", ""},
    {"550 ", "5.1. ", ""},
};
const std::vector<Shape> picture_shapes{{"\xff\xd8\xff", "\xff\xd8", ""}, {"", " ", "<svg"}, {"RIFF", "WEBP", ""}};

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
    {"a mail that came back", 16 * mib, 1, report_shapes, fuzz::report},
    {"a mail server", 64 * kib, 1, reply_shapes, fuzz::mail},
    {"a picture", 3 * mib, 1, picture_shapes, fuzz::picture},
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

// RE2 is linear in the text, but what a tenant may write costs it thousands of nanoseconds a byte.
TEST_CASE("the filters of a tenant and a feed take half a second for the largest feed, whatever they are") {
  std::vector<content::Patterns> owners(2);
  for (content::Patterns& patterns : owners)
    for (std::vector<std::string>* list : {&patterns.exclude, &patterns.include})
      for (int i = 0; i < 100; ++i) {
        const std::string n = std::to_string(i);
        for (const std::string& evil :
             {"/a.{120}[^ab ]z?" + n + "/", "/((a?.{0,12}){12})" + n + "/", "/.{200}x" + n + "/"})
          if (content::pattern_problem(evil).empty() && list->size() < 100) list->push_back(evil);
      }
  std::mt19937 dice(7); // NOLINT(cert-msc51-cpp): the same texts each time
  const auto text = [&](std::size_t) {
    std::string out;
    while (out.size() < 64 * kib)
      out += out.size() % 97 == 0 ? std::string("\u00AD") : std::string(1, "ab "[dice() % 3]);
    return out;
  };
  const double before = test::cpu_seconds();
  const auto judged = content::judge(owners, 40, text);
  CHECK(test::cpu_seconds() - before < test::cpu_limit(1));
  CHECK(judged.size() == 40);
  for (const content::Judged& one : judged) CHECK_FALSE(one.passes);
}
