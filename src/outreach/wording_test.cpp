// Words by language, what a reminder names, and what the import refuses.
#include "outreach/wording.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

using namespace milkrun;
using namespace milkrun::outreach;

namespace {

ReminderStory two_invoices() {
  return {.contact_name = "Ana María  López",
          .tenant_name = "Pizza",
          .today = "2026-12-05",
          .invoices = {
              {.number = "N-2",
               .currency = "EUR",
               .amount = 20'000,
               .outstanding = 5'000,
               .due_on = "2026-12-04",
               .payment_link = "https://pay.example/2"},
              {.number = "N-1", .currency = "EUR", .amount = 100'000, .outstanding = 100'000, .due_on = "2026-12-01"}}};
}

} // namespace

TEST_CASE("a reader gets her own language, else the nearest there is") {
  const char* all = R"({"de":"D","de-AT":"A","en":"E","fr":"F"})";
  CHECK(pick(all, "de-AT", "fr") == "A");
  CHECK(pick(all, "de_at", "fr") == "A");
  CHECK(pick(all, "de-CH", "fr") == "D");
  CHECK(pick(all, "it", "fr-CA") == "F");
  CHECK(pick(all, "", "fr") == "F");
  CHECK(pick(all, "it", "pl") == "E");
  CHECK(pick(R"({"fr":"F","":"any"})", "it", "") == "any");
  CHECK(pick(R"({"fr":"F","es":"S"})", "it", "") == "S");
  CHECK(pick("{}", "de", "de") == "");
  CHECK(pick("no json", "de", "de") == "");
}

TEST_CASE("invoices that count a currency in different units come to one sum, and what no number holds to none") {
  ReminderStory story = two_invoices();
  for (InvoiceLine& one : story.invoices) one.currency = "ISK";
  story.invoices[0].exponent = 0; // 20000 kr. of one source, 1000.00 of another
  CHECK(reminder_values(story, "en", "en").at("amount") == "ISK\u00A021,000.00");
  CHECK(reminder_values(story, "en", "en").at("outstanding") == "ISK\u00A06,000.00");
  std::ranges::reverse(story.invoices);
  CHECK(reminder_values(story, "en", "en").at("outstanding") == "ISK\u00A06,000.00");
  story.invoices[0].amount = std::numeric_limits<std::int64_t>::max();
  CHECK(reminder_values(story, "en", "en").at("amount").empty());
}

TEST_CASE("several invoices are summed, never told by the last one") {
  const content::Values v = reminder_values(two_invoices(), "de", "de");
  CHECK(v.at("contact_name") == "Ana María  López");
  CHECK(v.at("first_name") == "Ana");
  CHECK(v.at("invoice_number") == "N-2, N-1");
  CHECK(v.at("amount") == "1.200,00\u00A0€");
  CHECK(v.at("outstanding") == "1.050,00\u00A0€");
  CHECK(v.at("due_date") == "01.12.2026");
  CHECK(v.at("days_overdue") == "4");
  CHECK(v.at("days_until_due") == "0");
  CHECK(v.at("invoice_lines") == "N-2: 50,00\u00A0€, 04.12.2026 (seit 1 Tag überfällig)\nhttps://pay.example/2\n"
                                 "N-1: 1.000,00\u00A0€, 01.12.2026 (seit 4 Tagen überfällig)");
  CHECK(v.at("payment_link").empty()); // one has none: the sum is not paid at the other's
  ReminderStory early = two_invoices();
  early.today = "2026-11-28";
  CHECK(reminder_values(early, "en", "en").at("days_overdue") == "0");
  CHECK(reminder_values(early, "en", "en").at("days_until_due") == "3");
}

TEST_CASE("each line says how its own invoice is due, in the words of the text and the figures of the reader") {
  ReminderStory story = two_invoices();
  story.invoices.front().payment_link = "";
  story.invoices.push_back({.number = "N-3", .currency = "EUR", .outstanding = 700, .due_on = "2026-12-05"});
  story.invoices.push_back({.number = "N-4", .currency = "EUR", .outstanding = 900, .due_on = "2026-12-08"});
  CHECK(reminder_values(story, "en", "en").at("invoice_lines") ==
        "N-2: €50.00, 4 Dec 2026 (1 day overdue)\nN-1: €1,000.00, 1 Dec 2026 (4 days overdue)\n"
        "N-3: €7.00, 5 Dec 2026 (due today)\nN-4: €9.00, 8 Dec 2026 (due in 3 days)");
  const content::Values mixed = reminder_values(story, "de-AT", "en-GB");
  CHECK(mixed.at("invoice_lines").starts_with("N-2: €\u00A050,00, 04.12.2026 (1 day overdue)\n"));
  CHECK(mixed.at("due_date") == "01.12.2026");
  CHECK(mixed.at("outstanding") == "€\u00A01\u00A0066,00");
  // Where nobody here knows the words, the date does for them.
  CHECK(reminder_values(story, "en", "ja").at("invoice_lines").starts_with("N-2: €50.00, 4 Dec 2026\n"));
}

TEST_CASE("a pattern tells its language: the reader's own region of it, or what it is called") {
  const char* all = R"({"de":"D","en":"E","":"any"})";
  CHECK(pattern_of(all, "de-AT", "").language == "de-AT");
  CHECK(pattern_of(all, "fr", "de").language == "de");
  CHECK(pattern_of(all, "den", "de").language == "de"); // Slavey is no German
  CHECK(pattern_of(R"({"":"any"})", "de", "fr").language == "");
}

TEST_CASE("the texts that ship can be rendered, also for somebody without a name, and differ by how late it is") {
  using Days = std::optional<std::int64_t>;
  ReminderStory story = two_invoices();
  for (const char* language : {"de", "de-AT", "en", "", "fr"})
    for (const Days offset : {Days(-3), Days(0), Days(1), Days(7), Days()}) {
      CAPTURE(std::string(language));
      CAPTURE(offset.value_or(99));
      CHECK(check_wording(Kind::reminder, shipped_reminder(language, offset), language, 4096, false) == "");
      CHECK(check_wording(Kind::reminder, shipped_subject(language, offset), language, 200, true) == "");
      story.contact_name = "";
      CHECK(content::fill(shipped_reminder(language, offset), reminder_values(story, language, language)));
    }
  CHECK(shipped_reminder("de", -3) != shipped_reminder("en", -3));
  CHECK(shipped_reminder("de", 0) != shipped_reminder("de", 1));
  CHECK(shipped_reminder("en", -3) != shipped_reminder("en", 0));
  CHECK(shipped_subject("de", -3) != shipped_subject("de", 1));
  // Of several due dates none is said of all.
  for (const char* language : {"de", "en"})
    CHECK_FALSE(shipped_reminder(language, std::nullopt).contains("{due_date}"));
}

TEST_CASE("what cannot be rendered is refused, with the reason") {
  const auto says = [](Kind kind, const char* pattern, bool one_line = false) {
    return check_wording(kind, pattern, "de", one_line ? 200 : 60, one_line);
  };
  CHECK(says(Kind::reminder, "{first_name}: {outstanding}") == "");
  CHECK(says(Kind::drip, "{first_name}: {link}") == "");
  CHECK(says(Kind::drip, "{outstanding}").find("uses {outstanding}; there are") == 0);
  CHECK(says(Kind::reminder, "{setup_link}").find("uses {setup_link}") == 0);
  CHECK(says(Kind::reminder, "{first_name").find("has a { without }") == 0);
  CHECK(says(Kind::reminder, "{{first_name}}") == ""); // braces, not a value
  CHECK(says(Kind::reminder, " \n ").find("is empty") == 0);
  CHECK(says(Kind::reminder, "{payment_link} {payment_link} {payment_link}").find("89 bytes long") !=
        std::string::npos);
  CHECK(says(Kind::reminder, "a\nb", true).find("one line") != std::string::npos);
  CHECK(says(Kind::reminder, "{invoice_lines}", true).find("one line") != std::string::npos);
}
