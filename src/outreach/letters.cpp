// From rows to words. What a row has no pattern for, ships.
#include "outreach/letters.hpp"

#include "base/zone.hpp"
#include "outreach/compose.hpp"
#include "outreach/contact.hpp"
#include "outreach/wording.hpp"

#include <algorithm>

namespace milkrun::outreach {
namespace {

InvoiceLine line_of(const db::Row& row) {
  return {.number = row.text("number"),
          .currency = row.text("currency"),
          .exponent = static_cast<int>(row.integer("exponent")),
          .amount = row.integer("amount_minor"),
          .outstanding = outstanding(row),
          .due_on = row.text("due_on"),
          .payment_link = row.text("payment_link")};
}

// `text` and `subject` must outlive it.
Wording wording_of(const db::Row& row, std::string_view text, std::string_view subject) {
  return {.text = text,
          .subject = subject,
          .template_name = row.text("template_name"),
          .template_language = row.text("template_language"),
          .template_values = row.text("template_values"),
          .template_instead = row.text("template_instead")};
}

// No service takes a longer one; it would fail for good where it could still wait for a shorter text.
constexpr std::ptrdiff_t most_characters = 4096;

void check_length(NewMessage& message) {
  const auto characters =
      std::ranges::count_if(message.text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  if (message.cannot.empty() && characters > most_characters)
    message.cannot = Reason("message.too_long", {std::to_string(characters), std::to_string(most_characters)});
}

// How many days they are over: that, and not the rule alone, says whether something is due today. nullopt: one of them
// is due on another day.
std::optional<std::int64_t> days_over(const ReminderStory& story) {
  const std::string& day = story.invoices.front().due_on;
  if (std::ranges::any_of(story.invoices, [&](const InvoiceLine& one) { return one.due_on != day; }))
    return std::nullopt;
  return zone::days_between(day, story.today).value_or(0);
}

const std::string& name_of_campaign(const db::Row& row) {
  return row.text("campaign_name").empty() ? row.text("campaign_slug") : row.text("campaign_name");
}

} // namespace

std::int64_t outstanding(const db::Row& row) { return row.integer("amount_minor") - row.integer("paid_minor"); }

void write_reminder(NewMessage& message, const db::Row& reader, const db::Row& rule,
                    const std::vector<const db::Row*>& invoices, Time now) {
  const std::string &given = language_of_contact(reader), &tenant_language = reader.text("tenant_language");
  ReminderStory story{.contact_name = reader.text("contact_name"),
                      .tenant_name = reader.text("tenant_name"),
                      .today = zone::local_date(reader.text("tenant_timezone"), now),
                      .invoices = {}};
  for (const db::Row* row : invoices) story.invoices.push_back(line_of(*row));
  const auto over = days_over(story);
  Pattern text = pattern_of(rule.text("text"), given, tenant_language);
  if (text.text.empty()) {
    text.language = shipped_language(given, tenant_language);
    text.text = shipped_reminder(text.language, over);
  }
  const std::string& of_subject = text.language.empty() ? given : text.language;
  std::string subject = pick(rule.text("subject"), of_subject, tenant_language);
  if (subject.empty()) subject = shipped_subject(shipped_language(of_subject, tenant_language), over);
  // A text may be in a language that is not the reader's. The figures in it are hers, the words in it are its own; a
  // text for everybody is taken to be in the tenant's.
  const std::string figures = !given.empty() ? given : !text.language.empty() ? text.language : "en";
  const std::string& words = text.language.empty() ? tenant_language : text.language;
  message.language = words;
  compose(message, wording_of(rule, text.text, subject), reminder_values(story, figures, words));
  check_length(message);
}

void write_step(NewMessage& message, const db::Row& row) {
  const std::string& language = language_of_contact(row);
  const Pattern text = pattern_of(row.text("text"), language, row.text("tenant_language"));
  message.language = text.language.empty() ? row.text("tenant_language") : text.language;
  std::string subject = pick(row.text("subject"), language, row.text("tenant_language"));
  if (subject.empty()) subject = "{tenant_name}"; // one that goes by e-mail has its own
  compose(message, wording_of(row, text.text, subject),
          drip_values({.contact_name = row.text("contact_name"),
                       .tenant_name = row.text("tenant_name"),
                       .campaign = name_of_campaign(row),
                       .link = row.text("link")}));
}

void write_verified(NewMessage& message, const db::Row& row) {
  const std::string& own = row.text("message_text");
  compose(message,
          wording_of(row,
                     own.empty() ? shipped_verified(language_of_contact(row), !row.text("link").empty())
                                 : std::string_view(own),
                     {}),
          {{"name", row.text("contact_name")},
           {"task", row.text("title")},
           {"reward", std::to_string(row.integer("reward_spins"))},
           {"link", row.text("link")},
           {"platform", row.text("platform")},
           {"campaign", name_of_campaign(row)}});
}

} // namespace milkrun::outreach
