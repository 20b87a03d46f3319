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
  CHECK(m.cannot.empty());
  CHECK(m.text == "Hi {link}"); // a value is never looked into
  CHECK(m.subject == "For {link}");
  CHECK(m.template_name == "t");
  CHECK(m.template_language == "de");
  CHECK(m.template_values == std::vector<std::string>{"{link}", "https://x.example"});
}

TEST_CASE("a part that cannot be filled is in the way of the channel that sends it, and of no other") {
  const Reason empty("message.unfillable", {"{link} is empty; give it a default: {link|…}"});
  struct Row {
    outreach::Wording wording;
    bool by_whatsapp, by_mail;
  };
  for (const Row& row : {Row{{.text = "{link}"}, false, false}, Row{{.text = "x", .subject = "{link}"}, true, false},
                         Row{{.text = "{link}", .template_name = "t"}, true, false},
                         Row{{.text = "x", .template_name = "t", .template_values = R"(["{link}"])"}, false, true}})
    for (const bool mail_first : {false, true}) {
      outreach::NewMessage m{.origin = "o",
                             .tenant = {"asha"},
                             .contact = "c",
                             .channel = mail_first ? "email" : "whatsapp",
                             .fallback = {mail_first ? "whatsapp" : "email"},
                             .text = {},
                             .expires_at = {}};
      outreach::compose(m, row.wording, {{"link", ""}});
      CHECK(m.cannot == ((mail_first ? row.by_mail : row.by_whatsapp) ? Reason() : empty));
      CHECK(m.fallback.size() == ((mail_first ? row.by_whatsapp : row.by_mail) ? 1 : 0));
    }
}

TEST_CASE("what goes out while a template rests is filled like the rest, and goes with a template only") {
  const auto composed = [](std::string_view name, std::string_view instead) {
    outreach::NewMessage m{.origin = "o", .tenant = {"asha"}, .contact = "c", .text = {}, .expires_at = {}};
    outreach::compose(m, {.text = "x", .template_name = name, .template_instead = instead},
                      {{"name", "Ana"}, {"link", ""}});
    return m;
  };
  const char* const second = R"({"name":"t2","language":"en","parameters":["Hi {name}"]})";
  const auto m = composed("t", second);
  CHECK(m.second_name == "t2");
  CHECK(m.second_language == "en");
  CHECK(m.second_values == std::vector<std::string>{"Hi Ana"});
  CHECK_FALSE(m.text_instead);
  CHECK(composed("t", "text").text_instead);
  CHECK(composed("t", "").second_name.empty());
  CHECK(composed("", second).second_name.empty());
  CHECK_FALSE(composed("", "text").text_instead);
  // What cannot be filled of it is in no way of the first words: with them it goes, or waits.
  const auto unfilled = composed("t", R"({"name":"t2","language":"en","parameters":["{link}"]})");
  CHECK(unfilled.cannot.empty());
  CHECK(unfilled.second_name.empty());
}
