// The import renders a sample by the very functions that render the real thing: what passes there passes here.
#include "outreach/wording.hpp"

#include "base/memo.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"
#include "outreach/contact.hpp"
#include "outreach/format.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::outreach {
namespace {

bool is_or_is_region_of(std::string_view language, std::string_view tag) {
  const std::string own = tag_of(language);
  return own == tag || own.starts_with(std::string(tag) + "-");
}

bool is_german(std::string_view language) { return is_or_is_region_of(language, "de"); }

// "N-1: €119.00, 22 Nov 2026 (due today)", and where it is paid. What is told of several at once is true of each.
std::string line_of(const InvoiceLine& one, std::string_view today, std::string_view figures, std::string_view words) {
  std::string line = fmt::format("{}: {}, {}", one.number, money(one.outstanding, one.currency, one.exponent, figures),
                                 date(one.due_on, figures));
  if (const auto over = zone::days_between(one.due_on, today))
    if (const std::string how_due = due_words(*over, words); !how_due.empty()) line += " (" + how_due + ")";
  return one.payment_link.empty() ? line : line + "\n" + one.payment_link;
}

// So much of a list is told; who owes a hundred invoices gets a message that fits, of their sum.
constexpr std::size_t most_lines = 2'000, most_numbers = 400, most_links = 600; // bytes

// Says how many more there are where the list is too long for one more.
class List {
public:
  List(std::string_view separator, std::size_t most_bytes) : separator_(separator), most_(most_bytes) {}
  void add(std::string_view one) {
    if (left_ > 0 || (!text_.empty() && text_.size() + one.size() > most_))
      ++left_;
    else
      text_.append(text_.empty() ? "" : separator_).append(one);
  }
  std::string text() const { return left_ == 0 ? text_ : fmt::format("{}{}… +{}", text_, separator_, left_); }

private:
  std::string_view separator_;
  std::size_t most_, left_ = 0;
  std::string text_;
};

// What several invoices come to; they may count their currency in different units (a table per source).
class Sum {
public:
  explicit Sum(const std::vector<InvoiceLine>& of)
      : currency_(of.front().currency), exponent_(std::ranges::max(of, {}, &InvoiceLine::exponent).exponent) {}
  void add(std::int64_t minor, int exponent) {
    for (; exponent < exponent_; ++exponent) too_large_ |= __builtin_mul_overflow(minor, std::int64_t{10}, &minor);
    too_large_ |= __builtin_add_overflow(minor_, minor, &minor_);
  }
  // "" where no number holds it: then the text cannot be filled, and says so.
  std::string in(std::string_view language) const {
    return too_large_ ? "" : money(minor_, currency_, exponent_, language);
  }

private:
  std::string currency_;
  int exponent_;
  std::int64_t minor_ = 0;
  bool too_large_ = false;
};

ReminderStory sample_reminder() {
  return {.contact_name = "Ana López",
          .tenant_name = "Pizzeria",
          .today = "2026-12-05",
          .invoices = {{.number = "2026-0815",
                        .currency = "EUR",
                        .amount = 1'234'567,
                        .outstanding = 234'567,
                        .due_on = "2026-12-01",
                        .payment_link = "https://pay.example/2026-0815"}}};
}

} // namespace

std::string pick(std::string_view patterns_json, std::string_view language, std::string_view tenant_language) {
  return pattern_of(patterns_json, language, tenant_language).text;
}

Pattern pattern_of(std::string_view patterns_json, std::string_view language, std::string_view tenant_language) {
  thread_local Memo<nlohmann::json> memo;
  const nlohmann::json& patterns =
      memo.of(patterns_json, [](std::string_view json) { return nlohmann::json::parse(json, nullptr, false); });
  if (!patterns.is_object() || patterns.empty()) return {};
  std::vector<std::string> wanted;
  for (const std::string_view one : {language, tenant_language}) {
    const std::string tag = tag_of(one);
    if (tag.empty()) continue;
    wanted.push_back(tag);
    wanted.push_back(tag.substr(0, tag.find('-')));
  }
  wanted.insert(wanted.end(), {"en", ""});
  for (const std::string& tag : wanted)
    for (const auto& [name, pattern] : patterns.items())
      if (tag_of(name) == tag && pattern.is_string())
        return {pattern.get<std::string>(), // hers, with its region, when it is in her language
                is_or_is_region_of(language, tag) ? std::string(language) : name};
  return patterns.begin()->is_string() ? Pattern{patterns.begin()->get<std::string>(), patterns.begin().key()}
                                       : Pattern();
}

content::Values reminder_values(const ReminderStory& story, std::string_view figures, std::string_view words) {
  List numbers(", ", most_numbers), links(" ", most_links), lines("\n", most_lines);
  std::string earliest;
  Sum amount(story.invoices), outstanding(story.invoices);
  for (const InvoiceLine& one : story.invoices) {
    numbers.add(one.number);
    links.add(one.payment_link);
    lines.add(line_of(one, story.today, figures, words));
    amount.add(one.amount, one.exponent);
    outstanding.add(one.outstanding, one.exponent);
    if (earliest.empty() || one.due_on < earliest) earliest = one.due_on;
  }
  const bool all_have_links = std::ranges::none_of(story.invoices, &std::string::empty, &InvoiceLine::payment_link);
  const std::int64_t late = zone::days_between(earliest, story.today).value_or(0);
  return {{"contact_name", story.contact_name},
          {"first_name", first_name(story.contact_name)},
          {"tenant_name", story.tenant_name},
          {"invoice_number", numbers.text()},
          {"amount", amount.in(figures)},
          {"outstanding", outstanding.in(figures)},
          {"due_date", date(earliest, figures)},
          {"days_overdue", std::to_string(std::max<std::int64_t>(late, 0))},
          {"days_until_due", std::to_string(std::max<std::int64_t>(-late, 0))},
          {"payment_link", all_have_links ? links.text() : ""},
          {"invoice_lines", lines.text()}};
}

std::string shipped_language(std::string_view language, std::string_view tenant_language) {
  for (const std::string_view one : {language, tenant_language})
    if (is_german(one) || is_or_is_region_of(one, "en")) return std::string(one);
  return "en";
}

std::string_view shipped_reminder(std::string_view language, std::optional<std::int64_t> days_over) {
  if (is_german(language)) {
    if (!days_over)
      return "Hallo {first_name|und guten Tag}, bei {tenant_name} ist offen, jeweils mit dem Tag der Fälligkeit:\n"
             "{invoice_lines}\nZusammen: {outstanding}. Falls schon bezahlt: vielen Dank!";
    if (*days_over < 0)
      return "Hallo {first_name|und guten Tag}, eine kurze Erinnerung von {tenant_name}. Fällig am {due_date}:\n"
             "{invoice_lines}\nZusammen: {outstanding}. Falls schon bezahlt: vielen Dank!";
    if (*days_over == 0)
      return "Hallo {first_name|und guten Tag}, heute ist bei {tenant_name} fällig:\n"
             "{invoice_lines}\nZusammen: {outstanding}. Falls schon bezahlt: vielen Dank!";
    return "Hallo {first_name|und guten Tag}, bei {tenant_name} ist seit dem {due_date} offen:\n"
           "{invoice_lines}\nZusammen: {outstanding}. Bitte überweisen Sie den Betrag, oder sagen Sie uns, was nicht "
           "stimmt. Falls schon bezahlt: vielen Dank!";
  }
  if (!days_over)
    return "Hi {first_name|there}, open at {tenant_name}, each with the day it is due:\n"
           "{invoice_lines}\nTotal: {outstanding}. If you have paid already: thank you!";
  if (*days_over < 0)
    return "Hi {first_name|there}, a short reminder from {tenant_name}. Due on {due_date}:\n"
           "{invoice_lines}\nTotal: {outstanding}. If you have paid already: thank you!";
  if (*days_over == 0)
    return "Hi {first_name|there}, due today at {tenant_name}:\n"
           "{invoice_lines}\nTotal: {outstanding}. If you have paid already: thank you!";
  return "Hi {first_name|there}, open at {tenant_name} since {due_date}:\n"
         "{invoice_lines}\nTotal: {outstanding}. Please pay it, or tell us what is wrong. If you have paid already: "
         "thank you!";
}

std::string_view shipped_subject(std::string_view language, std::optional<std::int64_t> days_over) {
  if (!days_over)
    return is_german(language) ? "Offen bei {tenant_name}: {outstanding}" : "Open at {tenant_name}: {outstanding}";
  if (is_german(language))
    return *days_over > 0 ? "Offen seit {due_date}: {outstanding}" : "Fällig am {due_date}: {outstanding}";
  return *days_over > 0 ? "Open since {due_date}: {outstanding}" : "Due on {due_date}: {outstanding}";
}

content::Values drip_values(const DripStory& story) {
  return {{"contact_name", story.contact_name},
          {"name", story.contact_name},
          {"first_name", first_name(story.contact_name)},
          {"tenant_name", story.tenant_name},
          {"campaign", story.campaign},
          {"link", story.link}};
}

namespace {

content::Values sample_of(Kind kind, std::string_view language) {
  return kind == Kind::reminder ? reminder_values(sample_reminder(), language, language)
                                : drip_values({.contact_name = "Ana López",
                                               .tenant_name = "Pizzeria",
                                               .campaign = "welcome",
                                               .link = "https://example.org/"});
}

} // namespace

std::vector<std::string> placeholders(Kind kind) {
  std::vector<std::string> out;
  for (const auto& [name, value] : sample_of(kind, "en")) out.push_back(name);
  return out;
}

std::string check_wording(Kind kind, std::string_view pattern, std::string_view language, std::size_t most_bytes,
                          bool one_line) {
  const content::Values sample = sample_of(kind, language);
  std::vector<std::string_view> names;
  for (const auto& [name, value] : sample) names.push_back(name);
  if (std::string wrong = content::check_template(pattern, names); !wrong.empty()) return wrong;
  const auto text = content::fill(pattern, sample);
  if (!text) return "cannot be rendered: " + text.error().detail;
  if (text::trim(*text).empty()) return "is empty once rendered; write a text";
  if (text->size() > most_bytes)
    return fmt::format("is {} bytes long once rendered; {} at most", text->size(), most_bytes);
  if (one_line && text->find_first_of("\r\n\t") != std::string::npos)
    return "must be one line, also once rendered; leave out line breaks and {invoice_lines}";
  return {};
}

std::string_view shipped_verified(std::string_view language, bool with_link) {
  if (language == "de" || language.starts_with("de-") || language.starts_with("de_"))
    return with_link
               ? "Hallo {name|und danke}! Deine Aufgabe „{task}“ ist bestätigt. Gutgeschriebene Drehungen: {reward}. "
                 "{link}"
               : "Hallo {name|und danke}! Deine Aufgabe „{task}“ ist bestätigt. Gutgeschriebene Drehungen: {reward}.";
  return with_link ? "Hi {name|there}! Your task \"{task}\" is verified. Spins added: {reward}. {link}"
                   : "Hi {name|there}! Your task \"{task}\" is verified. Spins added: {reward}.";
}

} // namespace milkrun::outreach
