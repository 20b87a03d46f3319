// Amounts and dates as people of a language write them, from a small table: digits are always 0-9, groups are always
// set.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace milkrun::outreach {

// "pt_BR" -> "pt-br".
std::string tag_of(std::string_view language);

// How many digits of a minor amount come after the decimal mark (ISO 4217): 2 for most, 0 for JPY, 3 for KWD.
int exponent_of(std::string_view currency);

// 123456, "EUR", 2 -> "1.234,56 €" in "de", "€1,234.56" in "en". The currency's sign where it is known everywhere, else
// its code. `language` is a tag such as "de", "en-US" or "pt_PT"; one that is not in the table reads like "en".
std::string money(std::int64_t minor, std::string_view currency, int exponent, std::string_view language);

// "2026-12-05" -> "05.12.2026" in "de", "5 Dec 2026" in "en", "Dec 5, 2026" in "en-US"; ISO where the language is not
// in the table. What is no date comes back as it is.
std::string date(std::string_view iso, std::string_view language);

// "due today", "due in 3 days", "1 day overdue" in the twelve languages; "" in every other one, which a date must do
// for. `days_over` is negative before the due date.
std::string due_words(std::int64_t days_over, std::string_view language);

} // namespace milkrun::outreach
