// Which words a person gets: patterns by language, what they may name, and the texts that ship.
#pragma once

#include "content/template.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::outreach {

// The pattern of a JSON object {"de": "…", "en": "…", "": "for everybody"} for a reader: her language with its region,
// her language, the tenant's, English, "", any. "" when there is none.
std::string pick(std::string_view patterns_json, std::string_view language, std::string_view tenant_language);

// The same, and the language it is written in.
struct Pattern {
  std::string text, language; // language "": the text is for everybody, and tells not
};
Pattern pattern_of(std::string_view patterns_json, std::string_view language, std::string_view tenant_language);

// ---- reminders

// What is told of one invoice. Amounts in minor units.
struct InvoiceLine {
  std::string number, currency;
  int exponent = 2;
  std::int64_t amount = 0, outstanding = 0;
  std::string due_on; // ISO date
  std::string payment_link = {};
};

struct ReminderStory {
  std::string contact_name, tenant_name;
  std::string today;                 // ISO date where the tenant is
  std::vector<InvoiceLine> invoices; // one at least, all of one currency
};

// {contact_name} {first_name} {tenant_name} {invoice_number} {amount} {outstanding} {due_date} {days_overdue}
// {days_until_due} {payment_link} {invoice_lines}. Of several invoices: numbers and links in a row, sums, the earliest
// due date; {invoice_lines} has a line for each. A list too long for a message ends in how many more there are. Links
// are "" when one invoice has none: a sum is not paid at the link of one of them. Amounts and dates as the language
// `figures` writes them, the reader's; how long an invoice is due, in its line, in `words`, the language of the text.
content::Values reminder_values(const ReminderStory& story, std::string_view figures, std::string_view words);

// The text and the subject of an e-mail where a rule has none of its own, in the language that shipped_language says:
// German or English, what the reader has or else the tenant.
std::string shipped_language(std::string_view language, std::string_view tenant_language);
// `days_over`: after the due date; negative: before it; nullopt: of several due dates, of which none is said of all.
std::string_view shipped_reminder(std::string_view language, std::optional<std::int64_t> days_over);
std::string_view shipped_subject(std::string_view language, std::optional<std::int64_t> days_over);

// ---- claims

// What a person is told of a verified claim when the campaign has no text of its own: German for "de" and its regions,
// English otherwise; with or without a closing link. No promotion in it, so that it stays a service message.
std::string_view shipped_verified(std::string_view language, bool with_link);

// ---- drips

struct DripStory {
  std::string contact_name, tenant_name, campaign, link;
};

// {contact_name} {name} {first_name} {tenant_name} {campaign} {link}.
content::Values drip_values(const DripStory& story);

// ---- what the import asks

enum class Kind { reminder, drip };
// The placeholders that a pattern may use.
std::vector<std::string> placeholders(Kind kind);
// "" when the pattern can be rendered for a reader of that language, tried with a sample; else what is wrong and the
// mend. `most_bytes` is for the rendered text; `one_line`: it has no line break (subjects, template parameters).
std::string check_wording(Kind kind, std::string_view pattern, std::string_view language, std::size_t most_bytes,
                          bool one_line);

} // namespace milkrun::outreach
