// When a rule reminds: civil dates, business days, the clock on the tenant's wall.
#include "jobs/send_reminders/due.hpp"

#include "base/zone.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::send_reminders;
using test::noon;

namespace {

constexpr Millis one_hour{3'600'000};

struct Owed {
  std::int64_t planned = 1, applies = 1, newer_told = 0, amount = 11'900, paid = 0, exponent = 2;
  const char* status = "open";
  std::optional<std::int64_t> minimum = {};
  std::optional<std::string> hold = {}, contact_hold = {};
  Time due = noon;
  const char *waited_for = "", *waited_args = "[]", *before = "[]";
};

db::Row row_of(const Owed& o) {
  return test::row_of({{"planned", o.planned},
                       {"rule_applies", o.applies},
                       {"newer_told", o.newer_told},
                       {"amount_minor", o.amount},
                       {"paid_minor", o.paid},
                       {"exponent", o.exponent},
                       {"invoice_status", o.status},
                       {"min_reminder_minor", db::value(o.minimum)},
                       {"hold_until", db::value(o.hold)},
                       {"contact_hold_until", db::value(o.contact_hold)},
                       {"tenant_timezone", "Europe/Berlin"},
                       {"at", "10:00"},
                       {"waited_for", o.waited_for},
                       {"waited_args", o.waited_args},
                       {"reminder_args", o.before},
                       {"due_at", o.due}});
}

} // namespace

TEST_CASE("a rule reminds so many days from the due date, off weekends and holidays where it says so") {
  const Holidays christmas{"2026-12-24", "2026-12-25", "2026-12-31", "2027-01-01"};
  struct Row {
    const char* due_on;
    std::int64_t offset;
    bool business;
    const char* date;
  };
  const Row rows[] = {
      {"2026-12-01", -3, false, "2026-11-28"},                                         // a Saturday
      {"2026-12-01", -3, true, "2026-11-27"},                                          // earlier before the due date
      {"2026-11-28", 0, true, "2026-11-30"},                                           // later from it on
      {"2026-11-27", 1, true, "2026-11-30"},    {"2026-12-24", 0, true, "2026-12-28"}, // two holidays and a weekend
      {"2026-12-27", -1, true, "2026-12-23"},   {"2026-12-31", 0, true, "2027-01-04"},
      {"2026-12-31", 0, false, "2026-12-31"},   {"2028-02-28", 1, false, "2028-02-29"},
      {"2026-12-01", 365, false, "2027-12-01"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.due_on);
    CAPTURE(row.offset);
    CHECK(reminder_date(row.due_on, {.offset_days = row.offset, .business_days = row.business}, christmas) == row.date);
  }
  CHECK(!reminder_date("soon", {}, {}));
  Holidays always;
  for (int day = 0; day < 400; ++day) always.insert(*zone::plus_days("2026-12-01", day));
  CHECK(!reminder_date("2026-12-01", {.business_days = true}, always));
}

TEST_CASE("the moment is the rule's hour on the tenant's wall, in gaps and overlaps too") {
  const auto at = [](const char* zone, const char* due_on, int minutes) {
    return zone::utc(*reminder_moment(zone, due_on, {.at = minutes}, {}));
  };
  CHECK(at("UTC", "2026-12-01", 600) == "2026-12-01T10:00:00Z");
  CHECK(at("Europe/Berlin", "2026-12-01", 600) == "2026-12-01T09:00:00Z");
  CHECK(at("Europe/Berlin", "2027-07-01", 600) == "2027-07-01T08:00:00Z");
  CHECK(at("Pacific/Kiritimati", "2026-12-01", 600) == "2026-11-30T20:00:00Z");
  CHECK(at("Europe/Berlin", "2027-03-28", 150) == "2027-03-28T01:00:00Z");
  CHECK(at("Europe/Berlin", "2026-10-25", 150) == "2026-10-25T00:30:00Z");
  CHECK(at("Africa/Cairo", "2027-04-30", 0) == "2027-04-29T22:00:00Z");
}

TEST_CASE("what becomes of a reminder is judged by what the invoice is now") {
  const auto fate = [](const Owed& owed, Time now = noon + one_hour) { return judge(row_of(owed), now); };
  CHECK(fate({}).fate == Fate::tell);
  CHECK(fate({.planned = 0}).fate == Fate::wait);
  for (const char* status : {"paid", "void", "uncollectible", "disputed"}) {
    CHECK(fate({.status = status}).fate == Fate::skip);
    CHECK(fate({.status = status}).reason == Reason("reminder.closed", {status}));
  }
  CHECK(fate({.applies = 0}).fate == Fate::skip);
  CHECK(fate({.newer_told = 1}).reason == Reason("reminder.newer"));
  // More than one unit of the currency, or than what the tenant says.
  CHECK(fate({.paid = 11'800}).fate == Fate::skip);
  CHECK(fate({.paid = 11'799}).fate == Fate::tell);
  CHECK(fate({.amount = 1, .exponent = 0}).fate == Fate::skip);
  CHECK(fate({.amount = 2, .exponent = 0}).fate == Fate::tell);
  CHECK(fate({.amount = 1'500, .paid = 501, .exponent = 3}).fate == Fate::skip);
  CHECK(fate({.paid = 6'900, .minimum = 5'000}).fate == Fate::skip);
  CHECK(fate({.paid = 6'899, .minimum = 5'000}).fate == Fate::tell);
  CHECK(fate({.paid = 11'900, .minimum = 0}).fate == Fate::skip);
  CHECK(fate({.paid = 12'000}).fate == Fate::skip); // more than was asked for
}

TEST_CASE("a hold ends at the rule's hour of its day, and lateness is counted from there") {
  const Time end = *zone::instant_at("Europe/Berlin", "2026-12-10", 600);
  for (const Owed& owed : {Owed{.hold = "2026-12-10"}, Owed{.contact_hold = "2026-12-10"},
                           Owed{.hold = "2026-12-01", .contact_hold = "2026-12-10"}}) {
    CHECK(judge(row_of(owed), end - Millis(1)).fate == Fate::wait);
    CHECK(judge(row_of(owed), end - Millis(1)).until == end);
    CHECK(judge(row_of(owed), end).fate == Fate::tell);
    CHECK(judge(row_of(owed), end + patience).fate == Fate::expire);
    CHECK(too_late(row_of(owed)) == end + patience);
  }
  CHECK(judge(row_of({}), noon + patience - Millis(1)).fate == Fate::tell);
  CHECK(judge(row_of({}), noon + patience).fate == Fate::expire);
}

TEST_CASE("what expired keeps what it waited for, itself or in its message") {
  const auto why = [](const Owed& owed) { return judge(row_of(owed), noon + patience).reason; };
  CHECK(why({}) == Reason("reminder.expired"));
  CHECK(why({.waited_for = "reminder.not_yet"}) == Reason("reminder.expired"));
  CHECK(why({.waited_for = "reminder.unwritable", .waited_args = R"(["contact_name is empty"])"}) ==
        Reason("reminder.expired", {"reminder.unwritable", "contact_name is empty"}));
  CHECK(why({.waited_for = "reminder.not_yet", .before = R"(["credential.missing","whatsapp"])"}) ==
        Reason("reminder.expired", {"credential.missing", "whatsapp"}));
  CHECK(why({.waited_for = "reminder.no_channel", .before = R"(["credential.missing","whatsapp"])"}) ==
        Reason("reminder.expired", {"reminder.no_channel"}));
}
