// A step is reached by its id, and delays are counted from planned moments: neither a late run nor a count of messages
// moves anybody.
#include "jobs/advance_drips/walk.hpp"

#include "base/words.hpp"
#include "base/zone.hpp"
#include "outreach/condition.hpp"
#include "outreach/contact.hpp"
#include "outreach/reach.hpp"
#include "outreach/walk_over.hpp"

#include <algorithm>

namespace milkrun::advance_drips {
namespace {

constexpr Millis minute{60'000}, one_hour{3'600'000}, one_day{24 * 3'600'000};
constexpr Millis looked_again = one_hour;
constexpr Millis clock_change = 2 * one_hour; // at most, so far

int minutes_of(std::string_view zone, Time t) {
  return zone::clock_minutes(zone::local(zone, t).substr(11, 5)).value_or(0);
}

// So many local days later, at the same time on the wall.
Time days_later(std::string_view zone, Time t, std::int64_t days) {
  const auto date = zone::plus_days(zone::local_date(zone, t), days);
  const Millis into_minute = t - std::chrono::floor<std::chrono::minutes>(t);
  const auto at = date ? zone::instant_at(zone, *date, minutes_of(zone, t)) : std::nullopt;
  return at ? *at + into_minute : t + days * 24 * 60 * minute;
}

// Minutes and hours pass; days and weeks are read off the wall.
bool is_clocked(std::string_view unit) { return unit == "minutes" || unit == "hours"; }
Millis length_of(std::string_view unit) { return unit == "hours" ? one_hour : minute; }

Time delayed(std::string_view zone, Time base, std::int64_t value, std::string_view unit, const std::string& at) {
  if (is_clocked(unit)) return at_or_after(zone, at, base + value * length_of(unit));
  const std::int64_t days = unit == "weeks" ? 7 * value : value;
  if (at.empty()) return days_later(zone, base, days);
  if (days == 0) return at_or_after(zone, at, base);
  const auto date = zone::plus_days(zone::local_date(zone, base), days);
  const auto moment = date ? zone::instant_at(zone, *date, zone::clock_minutes(at).value_or(0)) : std::nullopt;
  return moment.value_or(days_later(zone, base, days));
}

// Every address she has is dead, or refuses: nothing of the drip can reach her.
bool nobody_reads(const db::Row& row) {
  return (row.text("phone").empty() || row.flag("opted_out_whatsapp")) &&
         (row.text("email").empty() || row.flag("opted_out_email"));
}

bool after(const std::optional<Time>& event, Time t) { return event && *event > t; }

outreach::Facts facts_of(const db::Row& row) {
  const Time started = row.time("started_at");
  const auto sent = row.maybe_time("sent_at");
  outreach::Facts facts{.replied = after(row.maybe_time("wrote_at"), started),
                        .delivered = !row.null("delivered_at") || !row.null("read_at"),
                        .read = !row.null("read_at"),
                        .clicked = !row.null("clicked_at"),
                        .paid_since = row.flag("paid_since"),
                        .language = outreach::language_of_contact(row)};
  facts.engaged = facts.read || facts.clicked || after(row.maybe_time("wrote_at"), sent.value_or(started));
  for (const std::string& tag : words_in(row.text("tags"))) facts.tags.insert(tag);
  return facts;
}

} // namespace

const db::Row* next_step(const db::Rows& steps, std::int64_t position) {
  const auto found = std::ranges::find_if(steps, [&](const db::Row& step) {
    return step.integer("position") > position && step.flag("active") && !step.flag("removed");
  });
  return found == steps.end() ? nullptr : &*found;
}

Time at_or_after(std::string_view zone, const std::string& at, Time t) {
  const auto minutes = zone::clock_minutes(at);
  if (!minutes) return t;
  const std::string today = zone::local_date(zone, t);
  for (int day = 0; day < 3; ++day) // a date may be missing where a zone moved over the date line
    if (const auto date = zone::plus_days(today, day))
      if (const auto moment = zone::instant_at(zone, *date, *minutes); moment && *moment >= t) return *moment;
  return t;
}

Time moment_of(const db::Row& row, std::string_view zone) {
  const std::string& at = row.text("at");
  return at.empty() ? row.time("step_at") : at_or_after(zone, at, row.time("step_at") - clock_change);
}

Time step_moment(const db::Row& step, std::string_view zone, Time previous, Time started) {
  return delayed(zone, step.text("delay_from") == "enrollment" ? started : previous, step.integer("delay_value"),
                 step.text("delay_unit"), step.text("at"));
}

Time spaced_moment(const db::Row& step, std::string_view zone, const Before& before, Time started) {
  const Time planned = step_moment(step, zone, before.planned, started);
  if (!before.said) return planned;
  const Time said = *before.said;
  const Time from = std::chrono::floor<std::chrono::minutes>(said); // a run's seconds do not miss an `at`
  const std::int64_t value = step.integer("delay_value");
  const std::string &unit = step.text("delay_unit"), &at = step.text("at");
  if (step.text("delay_from") == "enrollment") {
    if (said <= planned + one_hour) return planned;
    const bool within_a_day = is_clocked(unit) && value * length_of(unit) < one_day;
    return within_a_day ? delayed(zone, from, value, unit, at) : delayed(zone, from, 1, "days", at);
  }
  const Millis delay = planned - before.planned;
  if (delay <= Millis(0)) return planned; // both at once, as it says
  const bool late = 2 * std::chrono::floor<std::chrono::minutes>(said - before.open) > delay;
  return late || planned <= said ? std::max(planned, delayed(zone, from, value, unit, at)) : planned;
}

Decided decide(const db::Row& row, Time now) {
  if (auto over = outreach::walk_is_over(row)) return {Move::leave, *std::move(over)};
  if (nobody_reads(row)) return {Move::leave, "walk.unreachable"};
  if (row.flag("removed") || !row.flag("step_active")) return {Move::skip, "step.off"};
  if (outreach::holds(row.text("condition"), facts_of(row))) return {};
  if (row.text("on_false") == "stop") return {Move::leave, "walk.condition"};
  const Time until = row.time("step_at") + Millis(row.integer("wait_up_to_ms"));
  if (row.text("on_false") == "wait" && now < until)
    return {Move::wait, "step.condition", std::min(until, now + looked_again)};
  return {Move::skip, "step.not_for_her"};
}

} // namespace milkrun::advance_drips
