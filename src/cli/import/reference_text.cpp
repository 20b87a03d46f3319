// The reference as Markdown and as mdoc.
#include "cli/import/reference.hpp"

#include "base/text.hpp"
#include "content/template.hpp"
#include "outreach/condition.hpp"
#include "outreach/wording.hpp"
#include "providers/ai/ai.hpp"
#include "providers/meta/meta.hpp"
#include "providers/smtp/smtp.hpp"
#include "providers/whatsapp/whatsapp.hpp"
#include "sql/import_example.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace milkrun::cli {
namespace {

constexpr std::string_view intro = R"(# The import document

Made by `milkrun import --reference` from the tables that read the document; `milkrun import --example` prints one to begin
with, `milkrun import --dry-run FILE` checks one and counts what it would change.

One JSON object. A field that is left out keeps its stored value; a new entry gets the default. Entries are found by their
natural keys: the slug, the tenant and url of a feed, the owner and service of a credential, any of phone, email and ref of a
contact, the task and contact of a completion. Nothing is deleted. null is an error except where it is said.

A slug is 1 to 63 of a-z, 0-9 and -; `operator` is reserved. A time is UTC, as `2026-11-21T12:00:00Z`; a date is
`2026-11-21`. A past time may be 5 minutes ahead, as clocks differ, and a midnight, as a date alone becomes, a day. A duration is
a number with ms, s, m, h or d. Addresses are https, or http where a `[[network.allow]]` entry of the configuration opens them.
A phone is + and 8 to 15 digits.
)";

std::string cell(std::string text) {
  text = text::replace_all(std::move(text), "|", "\\|");
  return text.empty() ? "–" : text;
}

std::string code_of(const std::string& text) {
  return text.empty() ? "–" : fmt::format("`{}`", text::replace_all(text, "|", "\\|"));
}

void add_objects(std::string& out) {
  for (const ObjectDoc& object : document_reference()) {
    out += fmt::format("\n## {}\n\n", object.name);
    if (!object.about.empty()) out += object.about + "\n\n";
    out += "| field | holds | default | |\n|---|---|---|---|\n";
    for (const FieldDoc& f : object.fields)
      out += fmt::format("| `{}` | {} | {} | {} |\n", f.name, cell(f.holds), cell(f.otherwise), cell(f.means));
  }
}

void add_settings(std::string& out, std::string_view service, const std::vector<SettingDoc>& settings) {
  out += fmt::format("\n### {}\n\n| key | of | holds | default | |\n|---|---|---|---|---|\n", service);
  for (const SettingDoc& s : settings)
    out += fmt::format("| `{}` | {} | {} | {} | {} |\n", s.key, s.of.empty() ? "all" : s.of, code_of(s.holds),
                       cell(s.otherwise), cell(s.means));
}

template <class Names> std::string placeholders(const Names& names) {
  std::string out;
  for (const auto& name : names) out += fmt::format("{}`{{{}}}`", out.empty() ? "" : ", ", name);
  return out;
}

void add_words(std::string& out) {
  out +=
      "\n## Texts\n\nA placeholder is a name in braces; `{name|friend}` gives a default where it is empty; `{{` and "
      "`}}` are "
      "braces. What cannot be filled is refused when it comes in.\n\nOf several languages a contact gets a text in her "
      "own "
      "with its region, her own, the tenant's, English, that for everybody (`\"\"`), any. Amounts and dates are "
      "written "
      "as the contact's language writes them, or else the tenant's, also in a text of another language; of each line "
      "of "
      "`{invoice_lines}` the words \"due today\", \"due in 3 days\", \"1 day overdue\" are in the text's own (English, "
      "German, Spanish, French, Italian, Portuguese, Dutch, Polish, Turkish, Arabic, Hindi, Indonesian; else none; a "
      "text "
      "for everybody counts as the tenant's).\n\n| of | placeholders |\n|---|---|\n";
  out += fmt::format("| messages of campaigns | {} |\n", placeholders(content::campaign_placeholders()));
  out += fmt::format("| steps of drips | {} |\n", placeholders(outreach::placeholders(outreach::Kind::drip)));
  out += fmt::format("| reminders | {} |\n", placeholders(outreach::placeholders(outreach::Kind::reminder)));
  out += "\n## Conditions\n\n| condition | |\n|---|---|\n";
  for (const auto& [word, means] : outreach::condition_words()) out += fmt::format("| `{}` | {} |\n", word, means);
}

void add_tasks(std::string& out, const Known& known) {
  out += fmt::format("\n## Platforms and actions\n\nPlatforms: {}.\n\n| action | shown by |\n|---|---|\n",
                     fmt::join(known.platforms, ", "));
  for (const ActionKind& action : known.actions)
    out += fmt::format("| `{}` | {} |\n", action.name, cell(std::string(action.shown_by)));
}

// mdoc: a dot or a quote at the start of a line, and a backslash anywhere, mean something.
std::string mdoc(std::string text) {
  text = text::replace_all(std::move(text), "\\", "\\e");
  if (text.starts_with('.') || text.starts_with('\'')) text.insert(0, "\\&");
  return text;
}

} // namespace

std::string reference_markdown(const Known& known) {
  std::string out(intro);
  add_objects(out);
  out += "\n## Settings of credentials\n";
  add_settings(out, "ai", ai::settings_reference());
  add_settings(out, "email", smtp::settings_reference());
  add_settings(out, "facebook, instagram", meta::settings_reference());
  add_settings(out, "whatsapp", whatsapp::settings_reference());
  add_tasks(out, known);
  add_words(out);
  return out;
}

std::string reference_man() {
  std::string out;
  for (const ObjectDoc& object : document_reference()) {
    out += fmt::format(".Ss {}\n", mdoc(object.name));
    if (!object.about.empty()) out += mdoc(object.about) + "\n";
    out += ".Bl -tag -width Ds -compact\n";
    for (const FieldDoc& f : object.fields) {
      out += fmt::format(".It Va {}\n{}", f.name, mdoc(f.holds));
      if (!f.otherwise.empty())
        out += fmt::format(" ({})", f.otherwise == "needed" || f.otherwise.starts_with("needed ")
                                        ? f.otherwise
                                        : "default: " + f.otherwise);
      out += f.means.empty() ? ".\n" : fmt::format(":\n{}.\n", mdoc(f.means));
    }
    out += ".El\n";
  }
  return out;
}

std::string_view example_document() { return sql::import_example; }

} // namespace milkrun::cli
