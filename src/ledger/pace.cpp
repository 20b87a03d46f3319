// Handing out places.
#include "ledger/pace.hpp"

#include "sql/pace.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace milkrun::ledger {
namespace {

constexpr std::size_t most_paces = 30'000, many_paces = 8'192;
constexpr std::int64_t few = 1'000, most_forgotten = 500;
constexpr Millis long_since{30LL * 24 * 3'600'000}; // what is late so long is nobody's any more
constexpr Millis a_moment{5}, at_once{1'000};
constexpr const char* late_row = "|late";
constexpr int share = 4; // while both wait, one place in so many is for those behind

// What is looked at a moment after its place keeps the place of the next one where it is.
Millis slack(const Pace& p) { return std::min(p.interval / 8, Millis(1'000)); }

// There a look more costs little, and the end of the row is far.
bool far_apart(const Pace& p) { return p.interval >= Millis(10'000); }

// One account that several tenants use keeps one pace.
std::string key_of(const Pace& pace, const Credential* c) {
  return fmt::format("{}:{}", c == nullptr ? "" : c->id.value, pace.key);
}

// Of several paces the sender's hands out the places: a far one says nothing of the recipient, to whom no more than a
// distance is kept.
const Pace& leading(const std::vector<Pace>& pace) {
  const auto sender = std::ranges::find_if(pace, [](const Pace& p) { return p.key.empty(); });
  return sender == pace.end() ? pace.front() : *sender;
}

} // namespace

Paces::Next Paces::read(const db::Row& row) {
  return {.busy = row.time("busy"),
          .first = {row.time("next"), row.time("late_first")},
          .behind = {row.time("behind"), row.time("late_behind")},
          .kept = row.time("kept"),
          .aside = row.time("aside")};
}

void Paces::load(db::Transaction& tx) {
  asked_ = true;
  const db::Rows rows = tx.query(sql::pace::every, {{"limit", few + 1}});
  whole_ = static_cast<std::int64_t>(rows.size()) <= few;
  if (!whole_) return;
  for (const db::Row& row : rows) next_.try_emplace(row.text("key"), read(row));
}

Paces::Next& Paces::next(db::Transaction& tx, const std::string& key) {
  if (!asked_) load(tx);
  if (const auto found = next_.find(key); found != next_.end()) return found->second;
  if (whole_) return next_.emplace(key, Next{}).first->second;
  const auto row = tx.one(sql::pace::one, {{"key", key}});
  return next_.emplace(key, row ? read(*row) : Next{}).first->second;
}

// Of those who step aside the one with the lowest place goes.
bool Paces::lower_steps_aside(const Next& n, Time place, Time now) {
  return n.aside != Time{} && n.aside < place && now - n.stepped <= a_moment;
}

Paces::Place Paces::turn_in(const Next& n, const Pace& pace, std::optional<Time> held, Time now) {
  const Row& row = n.of(pace.rank);
  // Those that go first have the moment.
  const bool taken = pace.rank == Rank::behind && n.first.end > now && now < n.kept;
  const Time leave = taken ? std::min(n.first.end, n.kept) : now;
  if (!row.late()) {
    if (taken && !far_apart(pace)) {
      const Time end = std::max({now, n.first.end, n.behind.end});
      return {.at = end, .given = end, .anew = end};
    }
    if (held) return {.at = std::max({now, n.busy, leave}), .given = *held};
    const Time at = std::max({now, n.busy, row.end});
    return {.at = std::max(at, leave), .given = at, .anew = at};
  }
  Place place{.given = held.value_or(row.end)};
  if (!held) place.anew = place.given;
  place.at = std::max(n.busy + std::max(Millis(0), place.given - row.awaited), leave);
  if (place.at > now) return place;
  place.at = now;
  // Whoever has a place in between is due by now, and may only not have been looked at yet.
  place.aside = place.given - row.awaited >= pace.interval && place.given != n.aside;
  if (place.aside) place.at = now + Millis(lower_steps_aside(n, place.given, now) ? 2 : 1);
  return place;
}

Paces::Place Paces::place_in(const Next& n, const Pace& pace, std::optional<Time> held, Time now) {
  Place place = turn_in(n, pace, held, now);
  const bool gives_way = pace.rank == Rank::first && far_apart(pace) && place.at <= now && n.kept <= n.busy &&
                         n.behind_wait(now) && now - n.yielded > at_once;
  const bool yields = gives_way || (pace.rank == Rank::first && n.yielded == now);
  if (yields && place.at <= now) {
    place.at = now + Millis(2);
    place.aside = true;
  }
  return place;
}

Paces::Place Paces::ask(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential,
                        std::optional<Time> held, Time now) {
  if (pace.empty()) return {.at = now, .given = now};
  now_ = now;
  const Pace& lead = leading(pace);
  if (held && *held > now) return {.at = *held, .reason = lead.reason, .given = *held};
  const Next& n = next(tx, key_of(lead, credential));
  const bool late = n.of(lead.rank).late();
  Place place = place_in(n, lead, held, now);
  if (place.at > now) place.reason = lead.reason;
  for (const Pace& p : pace) {
    if (&p == &lead) continue;
    const Time busy = next(tx, key_of(p, credential)).busy;
    if (busy <= place.at) continue;
    place.at = busy;
    place.reason = p.reason;
    place.aside = false;
    if (!late) place.given = busy; // in its row too: what is passed meanwhile is not late
  }
  return place;
}

// Its place is counted once.
void Paces::give(Next& n, const Pace& pace, const Place& place) {
  Row& row = n.of(pace.rank);
  const Time at = row.late() ? place.at : *place.anew;
  if (!row.late() && row.awaited != Time{}) {
    row.awaited = {};
    n.dirty_late = true;
  }
  Millis room = pace.interval;
  if (!far_apart(pace)) {
    if (pace.rank == Rank::first && (n.behind.end > at || n.behind.late())) room += pace.interval / (share - 1);
    if (pace.rank == Rank::behind && n.first.end > at) room *= share;
  }
  row.end = std::max(row.end, *place.anew + room);
}

void Paces::go(Next& n, const Pace& pace, Time given, Time now) {
  Row& row = n.of(pace.rank);
  const Time was = row.awaited;
  // One that others of its row have passed, because it waited for something else, tells nothing of the row.
  const bool passed = given < (was != Time{} ? was : n.busy) - pace.interval;
  if (!passed) row.awaited = now - given >= pace.interval ? given + pace.interval : Time{};
  const Time at = now - given < slack(pace) ? given : now;
  if (pace.rank == Rank::behind)
    n.kept = at + share * pace.interval;
  else if (far_apart(pace) && n.behind_wait(now)) // so many more, however long that takes
    n.kept = n.busy < n.kept ? std::max(n.kept, at + std::min(n.kept - n.busy, share * pace.interval))
                             : at + share * pace.interval;
  n.busy = std::max(n.busy, at + pace.interval);
  n.dirty_late = n.dirty_late || row.awaited != was || n.aside != Time{};
  n.aside = {};
}

void Paces::wait(Next& n, const Pace& pace, const Place& place, Time now) {
  Row& row = n.of(pace.rank);
  if (place.aside && row.late() && place.given - row.awaited >= pace.interval) {
    if (lower_steps_aside(n, place.given, now)) return;
    n.stepped = now;
    n.aside = place.given;
    n.dirty_late = true;
  } else if (place.aside) {
    n.yielded = now;
  } else if (!place.anew && !row.late() && n.busy > now && n.busy - place.given >= pace.interval) {
    row.awaited = place.given;
    n.dirty_late = true;
  }
}

void Paces::take(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential, const Place& place,
                 Time now) {
  if (pace.empty()) return;
  const bool goes = place.at <= now;
  const Pace& lead = leading(pace);
  for (const Pace& p : pace) {
    const bool leads = &p == &lead;
    if (!leads && !goes) continue;
    const std::string key = key_of(p, credential);
    Next& n = next(tx, key);
    if (!leads) {
      n.busy = std::max(n.busy, now + p.interval);
    } else {
      if (place.anew) give(n, p, place);
      if (goes)
        go(n, p, place.given, now);
      else
        wait(n, p, place, now);
      if (!goes && !place.anew && !n.dirty_late) continue; // its place was counted when it was given
    }
    if (!n.dirty) dirty_.push_back(key);
    n.dirty = true;
  }
}

void Paces::flush(db::Transaction& tx) {
  for (const std::string& key : dirty_) {
    Next& n = next_.at(key);
    tx.execute(sql::pace::put,
               {{"key", key}, {"next", n.first.end}, {"busy", n.busy}, {"behind", n.behind.end}, {"kept", n.kept}});
    if (n.dirty_late)
      tx.execute(sql::pace::put, {{"key", key + late_row},
                                  {"next", n.first.awaited},
                                  {"busy", n.aside},
                                  {"behind", n.behind.awaited},
                                  {"kept", std::max({n.busy, n.first.end, n.behind.end}) + long_since}});
    n.dirty = n.dirty_late = false;
  }
  dirty_.clear();
  if (next_.size() <= sweep_at_) return;
  // What is free again is as good as not known.
  std::erase_if(next_, [&](const auto& kept) { return is_over(kept.second, now_); });
  if (next_.size() > most_paces) {
    next_.clear();
    whole_ = false;
  }
  sweep_at_ = std::max(many_paces, 2 * next_.size());
}

bool Paces::is_over(const Next& n, Time now) {
  return std::max({n.busy, n.first.end, n.behind.end, n.kept}) <= now && n.first.awaited == Time{} &&
         n.behind.awaited == Time{} && n.aside == Time{};
}

void Paces::forget() {
  next_.clear();
  dirty_.clear();
  asked_ = whole_ = false;
}

bool Paces::forget_passed(db::Transaction& tx, Time now) {
  return tx.execute(sql::pace::forget, {{"now", now}, {"limit", most_forgotten}}) == most_forgotten;
}

} // namespace milkrun::ledger
