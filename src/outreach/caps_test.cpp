// How much a sender may send: caps by its own days, warm-up, paces.
#include "outreach/caps.hpp"

#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <algorithm>

using namespace milkrun;
using outreach::daily_cap;
using test::noon;

namespace {

struct Caps {
  const char *zone = "UTC", *contact_zone = "";
  std::optional<std::int64_t> month = {}, day = {}, contact = {};
  std::optional<std::string> warmup = {};
  std::int64_t interval = 0;
  const char *kind = "social", *cls = "marketing";
  std::optional<std::int64_t> marketing = {};
  std::optional<Time> planned = {}, owed = {}, other = {}; // when others want places
  std::int64_t want = 0, had = 0;                          // how many of the month; what they had of it
  const char* had_in = "2026-11";
};

db::Row message_row(const Caps& c) {
  return test::row_of({{"tenant_timezone", c.zone},
                       {"contact_timezone", c.contact_zone},
                       {"messages_per_month", db::value(c.month)},
                       {"messages_per_day", db::value(c.day)},
                       {"contact_daily_cap", db::value(c.contact)},
                       {"warmup_start", db::value(c.warmup)},
                       {"sender_interval_ms", c.interval},
                       {"contact_id", "c1"},
                       {"channel", "whatsapp"},
                       {"campaign_kind", c.kind},
                       {"class", c.cls},
                       {"marketing_per_day", db::value(c.marketing)},
                       {"planned_at", db::value(c.planned)},
                       {"owed_at", db::value(c.owed)},
                       {"marketing_at", db::value(c.other)},
                       {"others_want", c.want},
                       {"others_had", c.had},
                       {"others_period", c.had_in},
                       {"safe_recipients", nullptr},
                       {"safe_for_all", nullptr},
                       {"redirect_phone", ""},
                       {"phone", "+491701234567"}});
}

std::string told(const Quota& q) {
  return q.meter + " " + q.period + " " + std::to_string(q.amount) + "/" +
         (q.limit ? std::to_string(*q.limit) : "any") + " again " + std::to_string(to_ms(q.again));
}

} // namespace

TEST_CASE("a new sender warms up day by day, and never beyond its cap") {
  constexpr std::int64_t steps[] = {20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 700, 900, 1000, 1000};
  for (int day = 0; day < 14; ++day) {
    CAPTURE(day);
    const std::string today = "2026-11-" + std::string(day < 9 ? "0" : "") + std::to_string(day + 1);
    CHECK(daily_cap({}, "2026-11-01", today) == steps[day]);
    CHECK(daily_cap(5'000, "2026-11-01", today) == steps[day]);
    CHECK(daily_cap(60, "2026-11-01", today) == std::min<std::int64_t>(60, steps[day]));
    CHECK(daily_cap(0, "2026-11-01", today) == 0);
  }
  CHECK(daily_cap({}, "2020-01-01", "2026-11-21") == 1'000);
  CHECK(daily_cap(2'000, "2020-01-01", "2026-11-21") == 1'000);
  CHECK(daily_cap({}, "2026-11-22", "2026-11-21") == 0); // it has not begun yet
  CHECK(daily_cap(2'000, {}, "2026-11-21") == 2'000);
  CHECK(daily_cap({}, {}, "2026-11-21") == std::nullopt);
  CHECK(daily_cap({}, "no date", "2026-11-21") == 20); // as careful as on the first day
}

TEST_CASE("each cap is counted in its own period and zone") {
  const auto tolds = [](const Caps& caps, Time now) {
    std::string out;
    for (const Quota& q : outreach::quota_of(message_row(caps), now)) out += told(q) + "\n";
    return out;
  };
  const std::string december = std::to_string(to_ms(std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)));
  const auto after = [](int minutes) { return std::to_string(to_ms(noon + std::chrono::minutes(minutes))); };
  CHECK(tolds({}, noon) == "messages 2026-11 1/any again " + december + "\n");
  CHECK(tolds({.month = 3}, noon) ==
        "messages 2026-11 1/3 again " + december + "\nmarketing messages 2026-11 1/any again " + december + "\n");
  CHECK(tolds({.day = 40}, noon) == "messages 2026-11 1/any again " + december +
                                        "\nmessages a day 2026-11-21 1/40 again " + after(12 * 60) +
                                        "\nmarketing messages a day 2026-11-21 1/any again " + after(12 * 60) + "\n");
  // 17:30 in Kolkata, 01:00 of the next day in Auckland.
  CHECK(tolds({.zone = "Asia/Kolkata", .contact_zone = "Pacific/Auckland", .day = 40, .contact = 1}, noon) ==
        "messages 2026-11 1/any again " + december + "\nmessages a day 2026-11-21 1/40 again " + after(390) +
            "\nmarketing messages a day 2026-11-21 1/any again " + after(390) +
            "\nmessages to contact c1 2026-11-22 1/1 again " + after(23 * 60) + "\n");
  CHECK(tolds({.zone = "Asia/Kolkata", .contact = 2}, noon) == "messages 2026-11 1/any again " + december +
                                                                   "\nmessages to contact c1 2026-11-21 1/2 again " +
                                                                   after(390) + "\n");
  // A drip's own cap, in the contact's day; no other message counts.
  CHECK(tolds({.contact_zone = "Pacific/Auckland", .kind = "drip", .marketing = 1}, noon) ==
        "messages 2026-11 1/any again " + december + "\nmarketing to contact c1 2026-11-22 1/1 again " +
            after(23 * 60) + "\n");
  CHECK(tolds({.marketing = 1}, noon) == tolds({}, noon));
  // Warm-up goes by the sender's own date.
  CHECK(tolds({.zone = "Pacific/Kiritimati", .warmup = "2026-11-21"}, noon).find("2026-11-22 1/30 ") !=
        std::string::npos);
  CHECK(tolds({.warmup = "2026-11-21"}, noon).find("2026-11-21 1/20 ") != std::string::npos);
}

TEST_CASE("where what is owed and marketing want places of the same day, marketing has one of four") {
  const auto limit = [](const Caps& caps) { return outreach::quota_of(message_row(caps), noon).at(2).limit; };
  const Time today = noon + std::chrono::hours(2), tomorrow = noon + std::chrono::hours(12);
  for (const std::int64_t cap : {3, 4, 40, 41}) {
    CAPTURE(cap);
    CHECK(limit({.day = cap}) == std::nullopt);
    CHECK(limit({.day = cap, .planned = today}) == cap / 4);
    CHECK(limit({.day = cap, .owed = today}) == cap / 4);
    CHECK(limit({.day = cap, .planned = tomorrow, .owed = tomorrow}) == std::nullopt);
    CHECK(limit({.day = cap, .other = today}) == std::nullopt); // of its own kind
    CHECK(limit({.day = cap, .cls = "transactional", .other = today}) == cap - cap / 4);
    CHECK(limit({.day = cap, .cls = "transactional", .other = tomorrow}) == std::nullopt);
    CHECK(limit({.day = cap, .cls = "transactional", .owed = today}) == std::nullopt);
  }
  CHECK(limit({.warmup = "2026-11-21", .planned = today}) == 5);
}

TEST_CASE("of a month's plan each class leaves the other what that has not had of its share, and wants") {
  const auto limit = [](const Caps& caps) { return outreach::quota_of(message_row(caps), noon).at(0).limit; };
  const Time soon = noon + std::chrono::hours(50), december = std::chrono::sys_days(std::chrono::year(2026) / 12 / 1);
  // Marketing, of a plan of 40: 30 are for what is owed.
  CHECK(limit({.month = 40, .want = 20}) == 40); // next month
  CHECK(limit({.month = 40, .planned = december, .want = 20}) == 40);
  CHECK(limit({.month = 40, .planned = soon, .want = 20}) == 20);
  CHECK(limit({.month = 40, .owed = soon, .want = 20}) == 20);
  CHECK(limit({.month = 40, .planned = soon, .want = 90}) == 10);
  CHECK(limit({.month = 4'000, .planned = soon, .want = 99}) == 3'901);
  CHECK(limit({.month = 4'000, .planned = soon, .want = 100}) == 1'000); // so many, or more
  CHECK(limit({.month = 40, .planned = soon, .want = 90, .had = 25}) == 35);
  CHECK(limit({.month = 40, .planned = soon, .want = 90, .had = 30}) == 40);
  CHECK(limit({.month = 40, .planned = soon, .want = 90, .had = 39}) == 40);
  CHECK(limit({.month = 40, .planned = soon, .want = 90, .had = 30, .had_in = "2026-10"}) == 10);
  // What is owed leaves marketing a quarter.
  CHECK(limit({.month = 40, .cls = "transactional", .other = soon, .want = 4}) == 36);
  CHECK(limit({.month = 40, .cls = "transactional", .other = soon, .want = 90}) == 30);
  CHECK(limit({.month = 40, .cls = "transactional", .other = soon, .want = 90, .had = 10}) == 40);
  CHECK(limit({.month = 40, .cls = "transactional", .planned = soon, .want = 90}) == 40);
  // Whatever either had, one of them may go on while there are places.
  for (std::int64_t owed = 0; owed <= 40; ++owed)
    for (std::int64_t marketing = 0; owed + marketing < 40; ++marketing) {
      const bool first =
          owed + marketing < limit({.month = 40, .cls = "transactional", .other = soon, .want = 100, .had = marketing});
      const bool behind = owed + marketing < limit({.month = 40, .planned = soon, .want = 100, .had = owed});
      CHECK((first || behind));
    }
  // It is asked about again on the next day.
  const auto again = [](const Caps& caps) { return outreach::quota_of(message_row(caps), noon).at(0).again; };
  CHECK(again({.month = 40}) == december);
  CHECK(again({.month = 40, .planned = soon, .want = 20}) == noon + std::chrono::hours(12));
}

TEST_CASE("a recipient has a message in six seconds at most, a sender one in its interval") {
  const auto paces = [](std::int64_t interval) {
    return outreach::pace_of({.stage = "deliver",
                              .key = Key{"message", "1"},
                              .tenant = {"asha"},
                              .row = message_row({.interval = interval})});
  };
  REQUIRE(paces(0).size() == 1);
  CHECK(paces(0).at(0).key == "+491701234567");
  CHECK(paces(0).at(0).interval == Millis(6'000));
  REQUIRE(paces(1'500).size() == 2);
  CHECK(paces(1'500).at(1).key == ""); // the credential that sends
  CHECK(paces(1'500).at(1).interval == Millis(1'500));
  CHECK(paces(1'500).at(1).rank == Rank::behind);
  const auto due = outreach::pace_of({.stage = "deliver",
                                      .key = Key{"message", "1"},
                                      .tenant = {"asha"},
                                      .row = message_row({.interval = 1'500, .cls = "transactional"})});
  CHECK(due.at(1).rank == Rank::first); // an invoice need not stand behind an advertisement
}

TEST_CASE("what a limit of its sender puts off ages from when it may go") {
  const auto row = [](const char* window, std::optional<std::int64_t> day = 20) {
    return test::row_of({{"tenant_timezone", "UTC"},
                         {"contact_timezone", ""},
                         {"campaign_zone", ""},
                         {"window_start", window},
                         {"window_end", std::string_view(window) == "00:00" ? "00:00" : "20:00"},
                         {"weekdays", "[]"},
                         {"messages_per_month", nullptr},
                         {"messages_per_day", db::value(day)},
                         {"contact_daily_cap", nullptr},
                         {"marketing_per_day", 1},
                         {"message_ttl_ms", 24 * 3'600'000},
                         {"expires_at", noon + std::chrono::hours(24)}});
  };
  const Time midnight = noon + std::chrono::hours(12), day = noon + std::chrono::hours(24);
  for (const ReasonCode cap :
       {ReasonCode("quota.used_up"), ReasonCode("message.day_used_up"), ReasonCode("message.marketing_used_up")})
    CHECK(outreach::fresh_until(row("00:00"), cap, midnight) == midnight + std::chrono::hours(24));
  CHECK(outreach::fresh_until(row("09:00"), "quota.used_up", midnight) == midnight + std::chrono::hours(9 + 24));
  CHECK(outreach::fresh_until(row("00:00", 0), "quota.used_up", midnight) == std::nullopt); // it never opens
  CHECK(outreach::fresh_until(row("00:00"), "message.outside_hours", midnight) == std::nullopt);
  CHECK(outreach::fresh_until(row("00:00"), "pace.sender", day) == day + std::chrono::hours(24));
  CHECK(outreach::fresh_until(row("00:00"), "pace.sender", noon + Millis(60'000)) == std::nullopt); // in a minute
  CHECK(outreach::fresh_until(row("00:00"), "pace.recipient", day) == std::nullopt);
  CHECK(outreach::fresh_until(row("00:00"), "message.in_order", day) == day + std::chrono::hours(24));
}
