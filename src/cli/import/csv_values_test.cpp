// Values as people write them, and what is refused because it could be two things.
#include "cli/import/csv_values.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun::cli::csv_value;

namespace {

std::string amount(std::string_view text, int exponent = 2, Decimal decimal = Decimal::unknown) {
  const auto minor = money(text, exponent, decimal);
  return minor ? std::to_string(*minor) : minor.error();
}

std::string day(std::string_view text, std::string_view format = "") {
  const auto iso = date(text, format);
  return iso ? *iso : "refused";
}

} // namespace

TEST_SUITE("import: values of spreadsheets") {
  TEST_CASE("amounts of every habit") {
    CHECK(amount("1234") == "123400");
    CHECK(amount("1.234,50 €") == "123450");
    CHECK(amount("EUR 1,234.50") == "123450");
    CHECK(amount("1'234.50 Fr.") == "123450");
    CHECK(amount("1\xe2\x80\xaf"
                 "234,5\xc2\xa0€") == "123450");
    CHECK(amount("12.345.678") == "1234567800");
    CHECK(amount("0,5") == "50");
    CHECK(amount(".5") == "50");
    CHECK(amount("0,500") == "50");
    CHECK(amount("5000", 0) == "5000");
    CHECK(amount("1.250", 3, Decimal::point) == "1250");
    CHECK(amount("1.250", 2, Decimal::comma) == "125000");
    CHECK(amount("99.900", 2, Decimal::point) == "9990");
    CHECK(amount("₹1,23,456.00") == "12345600"); // India's own groups
    CHECK(amount("12,34,56,789.50") == "12345678950");
    CHECK(amount("1,23,456") == "12345600");
  }

  TEST_CASE("an amount that could be two is refused with the mend") {
    CHECK(amount("1,234") == "is \"1,234\"; may be two amounts; say --decimal comma or --decimal point");
    for (const char* bad : {"", "abc", "-5", "1.2.3,4", "1,23.456,7", "1.23.456,00", "123,45,678.00", "1,23,4567.00",
                            "12,345.678.9", "1e3", "12.34.56", "--1"}) {
      CAPTURE(bad);
      CHECK(amount(bad).starts_with("is \""));
    }
    CHECK(amount("1.234", 2, Decimal::point).find("more than 2 digits") != std::string::npos);
    CHECK(amount("5.5", 0).find("more than 0 digits") != std::string::npos);
    CHECK(amount("99999999999999999999").find("too large") != std::string::npos);
  }

  TEST_CASE("one clear value tells for a whole column, two that contradict tell nothing") {
    CHECK(decimal_of({"1.234", "2.500,10", ""}) == Decimal::comma);
    CHECK(decimal_of({"1,234", "99.95"}) == Decimal::point);
    CHECK(decimal_of({"1,234", "x"}) == Decimal::unknown);
    CHECK(decimal_of({"1,5", "1.5"}) == Decimal::unknown);
  }

  TEST_CASE("dates are ISO, or as the format says") {
    CHECK(day("2026-11-30") == "2026-11-30");
    CHECK(day(" 2026-11-30 00:00:00 ") == "2026-11-30");
    CHECK(day("30.11.2026") == "refused");
    CHECK(day("30.11.2026", "DD.MM.YYYY") == "2026-11-30");
    CHECK(day("1.2.26", "D.M.YY") == "2026-02-01");
    CHECK(day("11/30/2026", "MM/DD/YYYY") == "2026-11-30");
    CHECK(day("20261130", "YYYYMMDD") == "2026-11-30");
    CHECK(day("2026-11-30", "DD.MM.YYYY") == "2026-11-30");
    for (const char* bad : {"31.02.2026", "30.11.2026x", "30.11", "", "0.1.2026", "30.13.2026"})
      CHECK(day(bad, "DD.MM.YYYY") == "refused");
    CHECK(check_date_format("DD.MM.YYYY").empty());
    for (const char* bad : {"", "DD.MM", "DD.MM.DD.YYYY", "DDD.MM.YYYY", "dd.mm.yyyy"})
      CHECK_FALSE(check_date_format(bad).empty());
  }

  TEST_CASE("yes and no in words") {
    CHECK(*flag("Ja"));
    CHECK(*flag(" x "));
    CHECK_FALSE(*flag("nein"));
    CHECK_FALSE(flag("maybe"));
  }

  TEST_CASE("a status is understood in English and German, in any case") {
    CHECK(status("OPEN") == "open");
    CHECK(status(" Offen ") == "open");
    CHECK(status("\xc3\x9c"
                 "BERF\xc3\x84LLIG") == "open");
    CHECK(status("Bezahlt") == "paid");
    CHECK(status("Storniert") == "void");
    CHECK(status("Uncollectible") == "uncollectible");
    CHECK(status("strittig") == "disputed");
    CHECK(status("Teilbezahlt") == "Teilbezahlt"); // it could be two things: the document's check refuses it
  }

  TEST_CASE("phone numbers lose their dress") {
    CHECK(phone("+49 (170) 123-45.67", "") == "+491701234567");
    CHECK(phone("0049 170 1234567", "") == "+491701234567");
    CHECK(phone("0170/1234567", "49") == "+491701234567");
    CHECK(phone("0170 1234567", "") == "01701234567");
    CHECK(phone("call me", "49") == "call me");
  }
}
