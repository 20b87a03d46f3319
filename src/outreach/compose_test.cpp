// From patterns to a message: all of it or nothing.
#include "outreach/compose.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;

TEST_CASE("text, subject and template parameters are filled in one pass") {
  outreach::NewMessage m{.origin = "o", .tenant = {"asha"}, .contact = "c", .text = {}, .expires_at = {}};
  outreach::compose(m,
                    {.text = "Hi {name}",
                     .subject = "For {name}",
                     .template_name = "t",
                     .template_language = "de",
                     .template_values = R"(["{name|friend}","{link}"])"},
                    {{"name", "{link}"}, {"link", "https://x.example"}});
  CHECK(m.cannot == "");
  CHECK(m.text == "Hi {link}"); // a value is never looked into
  CHECK(m.subject == "For {link}");
  CHECK(m.template_name == "t");
  CHECK(m.template_language == "de");
  CHECK(m.template_values == std::vector<std::string>{"{link}", "https://x.example"});
}

TEST_CASE("the first part that cannot be filled says so for the whole message") {
  for (const outreach::Wording& wording :
       {outreach::Wording{.text = "{link}"}, outreach::Wording{.text = "x", .subject = "{link}"},
        outreach::Wording{.text = "x", .template_name = "t", .template_values = R"(["{link}"])"}}) {
    outreach::NewMessage m{.origin = "o", .tenant = {"asha"}, .contact = "c", .text = {}, .expires_at = {}};
    outreach::compose(m, wording, {{"link", ""}});
    CHECK(m.cannot == "template: cannot be filled: {link} is empty; give it a default: {link|…}");
  }
}
