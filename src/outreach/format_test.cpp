// Amounts and dates in twelve languages.
#include "outreach/format.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun::outreach;

TEST_CASE("an amount is written as the language does") {
  struct Row {
    const char *language, *text;
  };
  const Row rows[] = {
      {"en", "€1,234,567.89"},
      {"en-GB", "€1,234,567.89"},
      {"en-IN", "€12,34,567.89"},
      {"de", "1.234.567,89\u00A0€"},
      {"de_DE", "1.234.567,89\u00A0€"},
      {"de-CH", "€\u00A01\u2019234\u2019567.89"},
      {"es", "1.234.567,89\u00A0€"},
      {"es-MX", "€1,234,567.89"},
      {"es_PE", "€1,234,567.89"},
      {"es-AR", "1.234.567,89\u00A0€"},
      {"fr-CA", "1\u00A0234\u00A0567,89\u00A0€"},
      {"it-CH", "€\u00A01\u2019234\u2019567.89"},
      {"fr", "1\u202F234\u202F567,89\u00A0€"},
      {"it", "1.234.567,89\u00A0€"},
      {"pt", "€\u00A01.234.567,89"},
      {"pt-PT", "1\u00A0234\u00A0567,89\u00A0€"},
      {"nl", "€\u00A01.234.567,89"},
      {"pl", "1\u00A0234\u00A0567,89\u00A0€"},
      {"tr", "€1.234.567,89"},
      {"ar", "1,234,567.89\u00A0€"},
      {"hi", "€12,34,567.89"},
      {"id", "€\u00A01.234.567,89"},
      {"", "€1,234,567.89"},
      {"den", "€1,234,567.89"}, // no German
  };
  for (const Row& row : rows) {
    CAPTURE(row.language);
    CHECK(money(123'456'789, "EUR", 2, row.language) == row.text);
  }
}

TEST_CASE("the minor unit is the currency's own, and small amounts keep their zeros") {
  CHECK(exponent_of("EUR") == 2);
  CHECK(exponent_of("JPY") == 0);
  CHECK(exponent_of("KWD") == 3);
  CHECK(exponent_of("CLF") == 4);
  CHECK(money(1'050, "JPY", 0, "en") == "¥1,050");
  CHECK(money(1'050, "KWD", 3, "en") == "KWD\u00A01.050");
  CHECK(money(5, "EUR", 2, "de") == "0,05\u00A0€");
  CHECK(money(0, "EUR", 2, "en") == "€0.00");
  CHECK(money(100, "EUR", 2, "en") == "€1.00");
  CHECK(money(-123'456, "CHF", 2, "de") == "-1.234,56\u00A0CHF");
  CHECK(money(99'900, "BRL", 2, "pt") == "R$\u00A0999,00");
  CHECK(money(1'234'56, "INR", 2, "hi") == "₹1,234.56");
  CHECK(money(INT64_MIN, "EUR", 0, "en") == "-€9,223,372,036,854,775,808");
}

TEST_CASE("a date is written as the language does, and never read as another day") {
  CHECK(date("2026-12-05", "en") == "5 Dec 2026");
  CHECK(date("2026-12-05", "en-US") == "Dec 5, 2026");
  for (const char* dots : {"de", "pl", "tr"}) CHECK(date("2026-12-05", dots) == "05.12.2026");
  for (const char* slashes : {"es", "fr", "it", "pt", "ar", "hi", "id"})
    CHECK(date("2026-12-05", slashes) == "05/12/2026");
  CHECK(date("2026-12-05", "es-MX") == "05/12/2026");
  CHECK(date("2026-12-05", "fr-CA") == "2026-12-05");
  CHECK(date("2026-12-05", "fr-CH") == "05.12.2026");
  CHECK(date("2026-12-05", "nl") == "05-12-2026");
  CHECK(date("2026-12-05", "xx") == "2026-12-05");
  CHECK(date("soon", "de") == "soon");
}

TEST_CASE("how an invoice is due is said in twelve languages, one day as one day") {
  CHECK(due_words(0, "en") == "due today");
  CHECK(due_words(-1, "en-US") == "due in 1 day");
  CHECK(due_words(-3, "en") == "due in 3 days");
  CHECK(due_words(1, "en") == "1 day overdue");
  CHECK(due_words(12, "en_GB") == "12 days overdue");
  CHECK(due_words(1, "de") == "seit 1 Tag überfällig");
  CHECK(due_words(2, "de-CH") == "seit 2 Tagen überfällig");
  CHECK(due_words(-1, "pl") == "płatne za 1 dzień");
  CHECK(due_words(-22, "pl") == "płatne za 22 dni");
  for (const char* language : {"en", "de", "es", "fr", "it", "pt", "nl", "pl", "tr", "ar", "hi", "id"}) {
    CAPTURE(language);
    CHECK_FALSE(due_words(0, language).empty());
    for (const int days : {1, 2, 17}) {
      CHECK(due_words(days, language).find(std::to_string(days)) != std::string::npos);
      CHECK(due_words(-days, language).find(std::to_string(days)) != std::string::npos);
      CHECK(due_words(days, language) != due_words(-days, language));
    }
  }
  CHECK(due_words(3, "ja") == "");
  CHECK(due_words(3, "den") == "");
  CHECK(due_words(3, "") == "");
}
