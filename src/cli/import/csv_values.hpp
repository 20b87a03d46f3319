// Values as people write them into spreadsheets, in the shape the import document has.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::cli::csv_value {

// The error is what is wrong and the mend: "is ... ; must be ...".
template <class T> using Read = std::expected<T, std::string>;

enum class Decimal { unknown, comma, point };

// Which sign parts whole units from the rest, by what stands in a column: any value that leaves no doubt tells for all.
// unknown when none does, or when they contradict each other.
Decimal decimal_of(const std::vector<std::string>& column);
// "1.234,50 €" and "EUR 1234.5" with exponent 2 -> 123450. Signs of currencies, blanks and apostrophes are stepped
// over. An error when the value could be two amounts ("1,234") and `decimal` does not tell, when it is more exact than
// its currency, or negative.
Read<std::int64_t> money(std::string_view text, int exponent, Decimal decimal);

// "2026-11-30", also with a time behind it, or by `format` ("DD.MM.YYYY": D, M and Y in any order, what stands between
// as it is; YY is of this century) -> ISO date.
Read<std::string> date(std::string_view text, std::string_view format);
// "" or what is wrong with a format.
std::string check_date_format(std::string_view format);

// yes, no and their like; also "x" and "1".
Read<bool> flag(std::string_view text);

// The status of an invoice, in any case, also as people call it in English or German ("Offen", "bezahlt"). What is none
// comes back as it is, so that the document's own check speaks.
std::string status(std::string_view text);

// "+49 (170) 123-45 67", "0049170…" -> E.164. A number in its own country's form ("0170…") only when the country's code
// is given. What is no number comes back as it is, so that the document's own check speaks.
std::string phone(std::string_view text, std::string_view country_code);

} // namespace milkrun::cli::csv_value
