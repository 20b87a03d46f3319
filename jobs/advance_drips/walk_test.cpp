// Steps, their moments, and whom they are for.
#include "jobs/advance_drips/walk.hpp"

#include "base/zone.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::advance_drips;
using test::noon;

namespace {

constexpr Millis one_minute{60'000}, one_hour{3'600'000}, one_day{24 * 3'600'000};

db::Row step(std::int64_t value, const char* unit, const char* at = "", const char* from = "previous") {
  return test::row_of({{"delay_value", value}, {"delay_unit", unit}, {"at", at}, {"delay_from", from}});
}

db::Row listed(const char* id, std::int64_t position, bool active = true, bool removed = false) {
  return test::row_of({{"id", id}, {"position", position}, {"active", active}, {"removed", removed}});
}

struct Walk {
  const char *phone = "+49170", *email = "ana@example.org";
  const char *status = "running", *condition = "", *on_false = "skip", *goal = "", *tags = "[]";
  std::int64_t wait_ms = 0;
  bool out_whatsapp = false, out_email = false, exit_out = true, exit_reply = true, removed = false, active = true;
  std::optional<std::int64_t> wrote = {}, sent = {}, read = {}, clicked = {}, delivered = {}; // ms after noon
  bool paid = false;
};

db::Row row_of(const Walk& w) {
  const auto at = [](const std::optional<std::int64_t>& ms) { return ms ? db::Value(to_ms(noon) + *ms) : db::Value(); };
  return test::row_of({{"campaign_status", w.status},
                       {"phone", w.phone},
                       {"email", w.email},
                       {"condition", w.condition},
                       {"on_false", w.on_false},
                       {"goal_tag", w.goal},
                       {"tags", w.tags},
                       {"wait_up_to_ms", w.wait_ms},
                       {"opted_out_whatsapp", w.out_whatsapp},
                       {"opted_out_email", w.out_email},
                       {"exit_on_opt_out", w.exit_out},
                       {"exit_on_reply", w.exit_reply},
                       {"removed", w.removed},
                       {"step_active", w.active},
                       {"wrote_at", at(w.wrote)},
                       {"sent_at", at(w.sent)},
                       {"read_at", at(w.read)},
                       {"clicked_at", at(w.clicked)},
                       {"delivered_at", at(w.delivered)},
                       {"paid_since", w.paid},
                       {"started_at", noon},
                       {"step_at", noon + one_day},
                       {"contact_language", "de"},
                       {"tenant_language", "en"}});
}

std::string told(const Decided& d) {
  switch (d.move) {
  case Move::send: return "send";
  case Move::skip: return "skip";
  case Move::wait: return "wait";
  case Move::leave: break;
  }
  return "leave: " + std::string(d.reason.code());
}

std::string decided(const Walk& w) { return told(decide(row_of(w), noon + one_day)); }

} // namespace

TEST_CASE("the next step is by position, past what is off or removed; behind the last there is none") { // M4, M7
  const db::Rows steps{listed("a", 0), listed("b", 1, false), listed("c", 2, true, true), listed("d", 5),
                       listed("e", 9)};
  CHECK(next_step(steps, -1)->text("id") == "a");
  CHECK(next_step(steps, 0)->text("id") == "d"); // b and c are passed by
  CHECK(next_step(steps, 2)->text("id") == "d"); // who stands at a removed step goes on from there
  CHECK(next_step(steps, 5)->text("id") == "e");
  CHECK(next_step(steps, 9) == nullptr);
  CHECK(next_step({}, -1) == nullptr);
}

TEST_CASE("a delay is counted from the step before, or from the enrolment where it says so") { // M9
  const auto at = [](const db::Row& s) { return step_moment(s, "UTC", noon, noon - one_day); };
  CHECK(at(step(0, "days")) == noon);
  CHECK(at(step(90, "minutes")) == noon + 90 * one_minute);
  CHECK(at(step(2, "hours")) == noon + 2 * one_hour);
  CHECK(at(step(2, "days")) == noon + 2 * one_day);
  CHECK(at(step(2, "weeks")) == noon + 14 * one_day);
  CHECK(at(step(2, "days", "", "enrollment")) == noon + one_day);
  CHECK(at(step(2, "hours", "", "enrollment")) == noon - one_day + 2 * one_hour);
}

TEST_CASE("days keep the hour on the wall over changes of the clocks; hours are time that passes") {
  const Time before = *zone::instant_at("Europe/Berlin", "2027-03-27", 600); // clocks go forward in the night
  const auto text = [&](const db::Row& s) {
    return zone::local("Europe/Berlin", step_moment(s, "Europe/Berlin", before, before));
  };
  CHECK(text(step(1, "days")) == "2027-03-28 10:00 CEST");
  CHECK(text(step(24, "hours")) == "2027-03-28 11:00 CEST");
  CHECK(text(step(1, "weeks")) == "2027-04-03 10:00 CEST");
  const Time night = *zone::instant_at("Europe/Berlin", "2027-03-27", 150);
  CHECK(zone::local("Europe/Berlin", step_moment(step(1, "days"), "Europe/Berlin", night, night)) ==
        "2027-03-28 03:00 CEST");
  const Time odd = noon + Millis(12'345);
  CHECK(step_moment(step(3, "days"), "UTC", odd, odd) == odd + 3 * one_day);
}

TEST_CASE("a delay is counted from a message that went late by more than half of it; closed hours are not late") {
  const auto at = [](const db::Row& s, Millis late, Millis closed = Millis(0)) {
    return zone::utc(spaced_moment(s, "UTC", {noon, noon + closed, noon + late}, noon - one_day)).substr(5, 11);
  };
  CHECK(spaced_moment(step(2, "days"), "UTC", {noon, noon, {}}, noon) == noon + 2 * one_day);
  CHECK(at(step(2, "days"), -one_day) == "11-23T12:00");
  CHECK(at(step(2, "days"), Millis(0)) == "11-23T12:00");
  CHECK(at(step(2, "days"), one_day) == "11-23T12:00");
  CHECK(at(step(2, "days"), one_day + one_minute) == "11-24T12:01");
  CHECK(at(step(2, "days", "18:00"), one_day + 2 * one_hour) == "11-23T18:00");
  CHECK(at(step(2, "days", "18:00"), one_day + 4 * one_hour) == "11-24T18:00"); // by dates
  CHECK(at(step(2, "hours"), 3 * one_hour) == "11-21T17:00");
  CHECK(at(step(12, "hours", "10:00"), 10 * one_hour + Millis(3'000)) == "11-22T10:00");
  CHECK(at(step(0, "days"), 9 * one_day) == "11-21T12:00"); // both at once, as it says
  CHECK(at(step(2, "days"), 47 * one_hour, 46 * one_hour) == "11-23T12:00");
  CHECK(at(step(2, "days"), 49 * one_hour, 49 * one_hour) == "11-25T13:00"); // it would go out with the one before
  // From the enrolment on the 20th at noon: its own date, unless that was over before the one before it went.
  CHECK(at(step(2, "days", "", "enrollment"), one_day) == "11-22T12:00");
  CHECK(at(step(2, "days", "", "enrollment"), one_day + 2 * one_hour) == "11-23T14:00");
  CHECK(at(step(2, "days", "10:00", "enrollment"), one_day + 2 * one_hour) == "11-23T10:00");
  CHECK(at(step(3, "hours", "", "enrollment"), one_hour) == "11-21T16:00");
}

TEST_CASE("a time of day comes after the delay: by dates for days, else the next one") {
  const auto at = [](const db::Row& s, Time from = noon) { return zone::utc(step_moment(s, "UTC", from, from)); };
  CHECK(at(step(0, "days", "10:00")) == "2026-11-22T10:00:00Z");
  CHECK(at(step(0, "days", "12:00")) == "2026-11-21T12:00:00Z");
  CHECK(at(step(2, "days", "10:00")) == "2026-11-23T10:00:00Z"); // by dates, though two whole days end at noon
  CHECK(at(step(2, "days", "18:00")) == "2026-11-23T18:00:00Z");
  CHECK(at(step(23, "hours", "10:00")) == "2026-11-23T10:00:00Z");
  CHECK(at(step(1, "weeks", "00:00")) == "2026-11-28T00:00:00Z");
  CHECK(at_or_after("UTC", "", noon) == noon);
  CHECK(zone::utc(at_or_after("Africa/Cairo", "00:00", *zone::instant_at("Africa/Cairo", "2027-04-29", 700))) ==
        "2027-04-29T22:00:00Z"); // midnight is not there
}

TEST_CASE("who has left, and why") {
  CHECK(decided({}) == "send");
  CHECK(decided({.status = "ended"}) == "leave: walk.campaign_ended");
  CHECK(decided({.out_whatsapp = true}) == "leave: walk.opted_out");
  CHECK(decided({.out_email = true}) == "leave: walk.opted_out");
  CHECK(decided({.out_email = true, .exit_out = false}) == "send");
  CHECK(decided({.wrote = 1}) == "leave: walk.replied");
  CHECK(decided({.wrote = 0}) == "send"); // before she came in
  CHECK(decided({.exit_reply = false, .wrote = 1}) == "send");
  CHECK(decided({.goal = "member", .tags = R"(["new","member"])"}) == "leave: walk.goal");
  CHECK(decided({.goal = "member", .tags = R"(["new"])"}) == "send");
}

TEST_CASE("who has no address that is read has left; one is enough to stay") {
  CHECK(decided({.phone = "", .email = ""}) == "leave: walk.unreachable");
  CHECK(decided({.email = "", .out_whatsapp = true, .exit_out = false}) == "leave: walk.unreachable");
  CHECK(decided({.out_whatsapp = true, .out_email = true, .exit_out = false}) == "leave: walk.unreachable");
  CHECK(decided({.phone = ""}) == "send");
  CHECK(decided({.out_whatsapp = true, .exit_out = false}) == "send");
}

TEST_CASE("a step is for whom its condition holds; the others skip it, wait or leave") {
  const char* read = R"("read")";
  CHECK(decided({.condition = read, .read = 1}) == "send");
  CHECK(decided({.condition = read}) == "skip");
  CHECK(decided({.condition = read, .on_false = "stop"}) == "leave: walk.condition");
  CHECK(decided({.condition = R"("delivered")", .read = 1}) == "send"); // read without delivered is normal
  CHECK(decided({.condition = R"({"language_is":"de"})"}) == "send");
  CHECK(decided({.condition = R"("invoice_paid")", .paid = true}) == "send");
  // Engaged counts from the last message, a reply before it does not.
  const char* engaged = R"("engaged_since_previous_step")";
  CHECK(decided({.condition = engaged, .exit_reply = false, .wrote = 5, .sent = 10}) == "skip");
  CHECK(decided({.condition = engaged, .exit_reply = false, .wrote = 11, .sent = 10}) == "send");
  CHECK(decided({.condition = engaged, .sent = 10, .clicked = 12}) == "send");
  CHECK(decided({.removed = true}) == "skip");
  CHECK(decided({.active = false}) == "skip");
  // It waits from its moment on, looked at each hour, and then is passed over.
  const Walk waits{.condition = read, .on_false = "wait", .wait_ms = 90 * 60'000};
  const Decided first = decide(row_of(waits), noon + one_day);
  CHECK(first.move == Move::wait);
  CHECK(first.until == noon + one_day + one_hour);
  CHECK(decide(row_of(waits), noon + one_day + one_hour).until == noon + one_day + 90 * one_minute);
  CHECK(decide(row_of(waits), noon + one_day + 90 * one_minute).move == Move::skip);
}
