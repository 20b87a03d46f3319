// Dates as they are found in feeds; every case is 2026-11-21 12:00:00 UTC unless it says otherwise.
#include "providers/feed/dates.hpp"

#include "providers/feed/test_documents.hpp"

namespace milkrun::feed::test {

namespace {

struct Case {
  std::string_view text;
  std::int64_t expected = noon_ms;
};

constexpr std::int64_t midnight = noon_ms - 12 * 3'600'000;
constexpr std::int64_t hour = 3'600'000;

template <std::size_t N> void check(const Case (&cases)[N]) {
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(ms(parse_date(c.text)) == c.expected);
  }
}

} // namespace

TEST_CASE("feeds 3 long names of zones, as browsers print them; an offset says more than words") {
  check({
      {"Sat Nov 21 2026 13:00:00 GMT+0100 (Central European Standard Time)"},
      {"Sat Nov 21 2026 14:00:00 GMT+0200 (Central European Summer Time)"},
      {"Sat Nov 21 2026 14:00:00 GMT+0200 (Eastern European Standard Time)"},
      {"Sat Nov 21 2026 12:00:00 GMT+0000 (Coordinated Universal Time)"},
      {"Sat Nov 21 2026 07:00:00 GMT-0500 (Eastern Standard Time)"},
      {"Sat Nov 21 2026 23:00:00 GMT+1100 (Australian Eastern Daylight Time)"},
      {"Sat Nov 21 2026 23:00:00 GMT+1100 (Central Pacific Standard Time)"},
      {"Sat Nov 21 2026 17:30:00 GMT+0530 (India Standard Time)"},
      {"Sat Nov 21 2026 13:00:00 GMT+0100 (EST)"},
      {"Sat, 21 Nov 2026 13:00 Central European Standard Time"},
      {"Sat, 21 Nov 2026 14:00 Central European Summer Time"},
      {"Sat, 21 Nov 2026 13:00 (central european time)"},
      {"Sat, 21 Nov 2026 22:00 Australian Eastern Standard Time"},
      {"Sat, 21 Nov 2026 23:00 Central Pacific Standard Time"},
      {"Sat, 21 Nov 2026 07:00 Eastern Time"},
      {"Sat, 21 Nov 2026 07:00 Eastern Standard Time"},
      {"Sat, 21 Nov 2026 06:00 Central Time"},
      {"Sat, 21 Nov 2026 12:00 time"},
  });
}

TEST_CASE("feeds 3 RFC 822 as found in the wild") {
  check({
      {"Sat, 21 Nov 2026 12:00:00 GMT"},
      {"Sat, 21 Nov 26 12:00:00 GMT"}, // two-digit year
      {"Fri, 21 Nov 97 12:00:00 GMT", 880'113'600'000},
      {"Sat, 21 Nov 2026 12:00 GMT"},    // no seconds
      {"21 Nov 2026 12:00:00 GMT"},      // no weekday
      {"Mon, 21 Nov 2026 12:00:00 GMT"}, // wrong weekday
      {"Saturday, 21 November 2026 12:00:00 GMT"},
      {"Saturday, 21-Nov-26 12:00:00 GMT"}, // RFC 850
      {"Sat, Nov 21 2026 12:00:00 GMT"},    // day and month swapped
      {"November 21, 2026 12:00:00"},
      {"Sat, 21 Nov 2026 14:00:00 GMT+0200"},
      {"Sat, 21 Nov 2026 12:00:00 UT"},
      {"Sat, 21 Nov 2026 12:00:00 Z"},
      {"Sat, 21 Nov 2026 12:00:00Z"},
      {"Sat, 21 Nov 2026 14:00:00 +02:00"},
      {"Sat, 21 Nov 2026 14:00:00 +2"},
      {"Sat, 21 Nov 2026 14:00:00+0200"},
      {"Sat, 21 Nov 2026 05:00:00 --0700"},
      {"Sat, 21 Nov 2026 05:00:00 -0700 (PDT)"},
      {"Sat,, 21 Nov, 2026, 12:00:00, GMT"}, // extra commas
      {"Sat, 21 Nov 2026 12:00:00 PM"},
      {"Sat, 21 Nov 2026 1:30 pm", noon_ms + hour + hour / 2},
      {"Fri, 20 Nov 2026 24:00:00 GMT", midnight},
      {"Sat, 21 Nov 2026 11:59:60 GMT"}, // leap second
      {"  Sat,  21 Nov 2026\n12:00:00 GMT "},
      {"Sat, 21 Nov 2026", midnight},
      {"21st November 2026", midnight},
      {"21.11.2026 12:00"},
      {"11/21/2026 12:00"},
      {"21/11/2026 12:00"},
      {"21-11-2026 12:00"},
      {"Sat, 2026-11-21T12:00:00Z"},
  });
}

TEST_CASE("feeds 3 zone names") {
  check({
      {"21 Nov 2026 07:00:00 EST"},  {"21 Nov 2026 08:00:00 EDT"}, {"21 Nov 2026 06:00:00 CST"},
      {"21 Nov 2026 07:00:00 CDT"},  {"21 Nov 2026 05:00:00 MST"}, {"21 Nov 2026 06:00:00 MDT"},
      {"21 Nov 2026 04:00:00 PST"},  {"21 Nov 2026 05:00:00 PDT"}, {"21 Nov 2026 13:00:00 CET"},
      {"21 Nov 2026 14:00:00 CEST"}, {"21 Nov 2026 14:00:00 EET"}, {"21 Nov 2026 15:00:00 EEST"},
      {"21 Nov 2026 13:00:00 BST"},  {"21 Nov 2026 12:00:00 WET"}, {"21 Nov 2026 13:00:00 WEST"},
      {"21 Nov 2026 12:00:00 UT"},   {"21 Nov 2026 12:00:00 UTC"}, {"21 Nov 2026 12:00:00 XYZ"},
      {"21 Nov 2026 12:00:00 A"}, // military letters mean nothing
  });
}

TEST_CASE("feeds 3 offsets outside -12..+14 hours are UTC") {
  check({
      {"2026-11-21T12:00:00+15:00"},
      {"2026-11-21T12:00:00-13:00"},
      {"2026-11-21T12:00:00+0160"},
      {"2026-11-22T02:00:00+14:00"},
      {"2026-11-21T00:00:00-12:00"},
      {"Sat, 21 Nov 2026 12:00:00 +99999"},
  });
}

TEST_CASE("feeds 3 RFC 3339 oddities") {
  check({
      {"2026-11-21T12:00:00Z"},
      {"2026-11-21t12:00:00z"},
      {"2026-11-21T14:00:00+0200"},   // no colon in the offset
      {"2026-11-21T14:00:00:+02:00"}, // colon before the offset
      {"2026-11-21T14:00:00 +02:00"},
      {"2026-11-21 12:00:00Z"}, // blank for T
      {"2026-11-21 12:00:00 UTC"},
      {"2026-11-21T12:00Z"}, // no seconds
      {"2026-11-21", midnight},
      {"2026-11-21Z", midnight},
      {"2026-11-21T12:00:00"}, // no offset
      {"2026-11-21T12:00:00.5Z", noon_ms + 500},
      {"2026-11-21T12:00:00.123456789Z", noon_ms + 123},
      {"2026-11-21T12:00:00,25+00:00", noon_ms + 250},
      {"2026-11-20T24:00:00Z", midnight},
      {"2026-11-21T11:59:60Z"},
      {"2026-21-11T12:00:00Z"}, // day and month swapped
      {"2026/11/21 12:00"},
      {"20261121T120000Z"},
      {"20261121120000"},
      {"20261121", midnight},
      {"2026-11", midnight - 20 * 24 * hour},
  });
}

TEST_CASE("feeds 3 asctime and Unix time") {
  check({
      {"Sat Nov 21 12:00:00 2026"},
      {"Sat Nov 21 12:00:00 UTC 2026"},
      {"1795262400"},
      {"1795262400000"},
      {"1795262400.5"},
  });
}

TEST_CASE("feeds 3 localised month names") {
  check({
      {"Sa, 21. November 2026 12:00"},
      {"Mi, 02 Dez 2026 12:00:00 GMT", noon_ms + 11 * 24 * hour},
      {"21. M\xC3\xA4rz 2026 12:00", noon_ms - 245 * 24 * hour},
      {"sam., 21 nov. 2026 12:00:00 +0000"},
      {"21 ao\xC3\xBBt 2026 12:00", noon_ms - 92 * 24 * hour},
      {"21 D\xC3\x89"
       "CEMBRE 2026 12:00",
       noon_ms + 30 * 24 * hour},
      {"21 f\xC3\xA9vrier 2026 12:00", noon_ms - 273 * 24 * hour},
      {"21 de noviembre de 2026 12:00"},
      {"mar, 21 nov 2026 12:00:00 GMT"}, // a Spanish Tuesday, not March
      {"21 ene 2026 12:00", noon_ms - 304 * 24 * hour},
      {"21 novembre 2026 12:00"},
      {"21 gennaio 2026 12:00", noon_ms - 304 * 24 * hour},
      {"21 de novembro de 2026 12:00"},
      {"21 fev 2026 12:00", noon_ms - 273 * 24 * hour},
      {"za, 21 november 2026 12:00"},
      {"21 mei 2026 12:00", noon_ms - 184 * 24 * hour},
      {"ma, 21 mrt 2026 12:00", noon_ms - 245 * 24 * hour},
      {"21 listopada 2026 12:00"},
      {"21 pa\xC5\xBA 2026 12:00", noon_ms - 31 * 24 * hour},
      {"21 wrze\xC5\x9Bnia 2026 12:00", noon_ms - 61 * 24 * hour},
  });
}

TEST_CASE("feeds 3 afternoons, words and slashes around an ISO date") {
  check({
      {"2026-11-21 12:00 PM"},
      {"2026-11-21 12:00:00 am", midnight},
      {"2026-11-21T01:30:00 PM", noon_ms + hour + hour / 2},
      {"2026-11-21 1:30 p.m. +01:00", noon_ms + hour / 2},
      {"2026-11-21 at 12:00"},
      {"2026-11-21 at 12:00 PM UTC"},
      {"November 21, 2026 at 12:00 PM"},
      {"Saturday, November 21, 2026 at 12:00pm"},
      {"Sat, 11/21/2026 12:00"},
      {"Sat, 21/11/2026 12:00 PM"},
      {"Sat 2026/11/21 12:00"},
      {"Saturday 21/Nov/2026 12:00"},
      {"Sat/21/Nov/2026 12:00"},
      // Which is the day and which the month, the weekday tells: 5 March 2026 is a Thursday, 3 May a Sunday.
      {"Thu, 05/03/2026 12:00", 1'772'712'000'000},
      {"Thu, 03/05/2026 12:00", 1'772'712'000'000},
      {"Sunday 03/05/2026 12:00", 1'777'809'600'000},
      {"Fri, 03/05/2026 12:00", 1'772'712'000'000}, // neither: the American order
  });
}

TEST_CASE("feeds 3 zones of a place follow its seasons") {
  constexpr std::int64_t summer = noon_ms - 153 * 24 * hour; // 21 June
  check({
      {"Sat, 21 Nov 2026 07:00:00 ET"},
      {"Sun, 21 Jun 2026 08:00:00 ET", summer},
      {"21 Nov 2026 06:00 AM CT"},
      {"21 Jun 2026 06:00 MT", summer},
      {"21 Nov 2026 04:00 PT"},
      {"Nov 21, 2026 7:00 am Eastern"},
      {"2026-11-21 07:00 ET"},
      {"2026-11-21T13:00:00 Europe/Berlin"},
      {"2026-06-21T14:00:00[Europe/Berlin]", summer},
      {"Sat, 21 Nov 2026 13:00 Europe/Berlin"},
      {"Sat, 21 Nov 2026 13:00 (Europe/Nowhere)", noon_ms + hour},
      {"21 Nov 2026 17:30:00 IST"},
      {"21 Nov 2026 22:00:00 AEST"},
      {"21 Nov 2026 08:30:00 NST"},
      {"21 Nov 2026 03:00:00 AKST"},
  });
}

TEST_CASE("feeds 3 Greek, Hungarian, Korean, Japanese and Chinese dates") {
  check({
      {"Σαβ, 21 Νοε 2026 12:00:00 GMT"},
      {"21 Νοεμβρίου 2026 12:00"},
      {"21 ΝΟΕΜΒΡΙΟΥ 2026 12:00"},
      {"21 Μαΐου 2026 12:00", noon_ms - 184 * 24 * hour},
      {"Πέμ, 01 Ιούλ 2004 15:00:00 +0300", 1'088'683'200'000},
      {"2026. november 21. 12:00"},
      {"2026-november-21T13:00+01:00"},
      {"2026. szept. 21., 12:00", noon_ms - 61 * 24 * hour},
      {"2026-július-13T9:15-05:00", 1'783'952'100'000},
      {"2026년 11월 21일 21:00"},
      {"2026년 11월 21일 (토) 오후 9:00:00"},
      {"2026년 11월 21일 토요일 21시 00분"},
      {"2026-11-21 오후 9:00:00"},
      {"2026. 11. 21. 12:00"},
      {"2026. 11. 21 오후 9:00"},
      {"2026.11.21. 12:00"},
      {"2026년 11월 21일 12:00 GMT"},
      {"2026년11월21일", midnight - 9 * hour},
      {"2026年11月21日 12:00"},
      {"2026年11月21日 12時00分"},
      {"2026年11月21日(土) 12:00"},
      {"2026年11月21日 下午1:30", noon_ms + hour + hour / 2},
      {"21 ноября 2026 12:00"},
      {"Сб, 21 нояб. 2026 12:00 UTC"},
      {"21 НОЯБРЯ 2026, 12:00"},
      {"21 листопада 2026 12:00"},
      {"21 Kasım 2026 12:00"},
      {"21 Şub 2026 12:00", noon_ms - 273 * 24 * hour},
      {"21 Ağustos 2026 Cuma 12:00", noon_ms - 92 * 24 * hour},
  });
}

TEST_CASE("feeds 3 an hour without minutes, weeks and days of the year") {
  check({
      {"November 21, 2026 at 12pm"},
      {"November 21, 2026 at 7am ET"},
      {"November 21, 2026 at 7 a.m. ET"},
      {"21 Nov 2026 12 PM"},
      {"21 November 2026 12.00 p.m."},
      {"21 November 2026 1.05 p.m.", noon_ms + hour + hour / 12},
      {"12 PM, 21 Nov 2026"},
      {"9pm 21.11.2026", noon_ms + 9 * hour},
      {"Nov 21 2026 12:30 PM", noon_ms + hour / 2},
      {"2026-W47-6T12:00:00Z"},
      {"2026-W47-6", midnight},
      {"2026W476", midnight},
      {"2026-W47", midnight - 5 * 24 * hour},
      {"2026-325T12:00:00Z"},
      {"2026-325", midnight},
      {"2024-366", 1'735'603'200'000},
  });
  for (std::string_view none : {"2026-W54-1", "2026-W00-1", "2026-W47-8", "2026-366", "2026-000", "2026-Wxx"}) {
    CAPTURE(none);
    CHECK(ms(parse_date(none)) == -1);
  }
}

TEST_CASE("feeds 3 what is no date stays no date") {
  for (std::string_view text : {"",
                                " ",
                                "yesterday",
                                "3 days ago",
                                "Tomorrow at noon",
                                "32 Nov 2026",
                                "30 Feb 2026",
                                "2026-13-45",
                                "0001-01-01T00:00:00Z",
                                "21 Nov 2026 25:00",
                                "2026-11-21T12:61:00Z",
                                "12:00",
                                "-1",
                                "99999999999999999999999",
                                "21 Nov",
                                "Nov 2026",
                                "::::",
                                "--",
                                "+",
                                "1/2/3/4",
                                "21..2026",
                                "\xFF\xFE"}) {
    CAPTURE(text);
    CHECK(ms(parse_date(text)) == -1);
  }
}

TEST_CASE("feeds 3 a missing or unreadable date is null, a future one is kept") {
  CHECK_FALSE(rss_item("<title>x</title>").published.has_value());
  CHECK_FALSE(rss_item("<pubDate>soon</pubDate>").published.has_value());
  CHECK(ms(rss_item("<pubDate>21 Nov 2096 12:00 GMT</pubDate>").published) == 4'004'337'600'000);
}

} // namespace milkrun::feed::test
