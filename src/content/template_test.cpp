// Templates: strict, one pass, and never a surprise in what a person gets.
#include "content/template.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

TEST_CASE("placeholders are filled in one pass") {
  const content::Values values = {{"name", "Ana"}, {"task", "{name} & <b>"}, {"link", ""}, {"é", "x"}};
  struct Row {
    const char *pattern, *text;
  };
  const Row rows[] = {{"Hi {name}!", "Hi Ana!"},       {"{task}", "{name} & <b>"}, {"{name}{name}", "AnaAna"},
                      {"a {{b}} c", "a {b} c"},        {"{{{name}}}", "{Ana}"},    {"{link|no link}", "no link"},
                      {"{name|friend}", "Ana"},        {"{link|a|b}", "a|b"},      {"", ""},
                      {"Grüße, {é} 😀", "Grüße, x 😀"}};
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    const auto filled = content::fill(row.pattern, values);
    REQUIRE(filled);
    CHECK(*filled == row.text);
  }
}

TEST_CASE("what cannot be filled is an error that names the placeholder") {
  const content::Values values = {{"name", "Ana"}, {"link", ""}};
  struct Row {
    const char *pattern, *says;
  };
  const Row rows[] = {{"{nme}", "{nme} is unknown"}, {"{}", "{} is unknown"},        {"{ name }", "is unknown"},
                      {"{link}", "{link} is empty"}, {"{link|}", "{link} is empty"}, {"{name", "{ without }"},
                      {"name}", "} without {"},      {"{na{me}}", "{ without }"},    {"{Name}", "{Name} is unknown"}};
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    const auto filled = content::fill(row.pattern, values);
    REQUIRE_FALSE(filled);
    CHECK(filled.error().reason.code() == "template.unfillable");
    CHECK(filled.error().detail.find(row.says) != std::string::npos);
  }
}

TEST_CASE("a template is checked before anybody is written to") {
  const std::vector<std::string_view> names = {"name", "link"};
  CHECK(content::check_template("Hi {name|you}, {link}", names).empty());
  CHECK(content::check_template("Hi {nmae}", names) == "uses {nmae}; there are {name}, {link}");
  CHECK(content::check_template("Hi {name|}", names).find("empty default") != std::string::npos);
  CHECK(content::check_template("Hi {name", names).find("{ without }") != std::string::npos);
}
