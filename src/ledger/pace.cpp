// Handing out places.
#include "ledger/pace.hpp"

#include "sql/pace.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace milkrun::ledger {
namespace {

constexpr std::size_t most_paces = 50'000;
constexpr std::int64_t few = 1'000;
constexpr int share = 4; // while both wait, one place in so many is for those behind

// One account that several tenants use keeps one pace.
std::string key_of(const Pace& pace, const Credential* c) {
  return fmt::format("{}:{}", c == nullptr ? "" : c->id.value, pace.key);
}

// A place that was missed by more than an interval is nobody's any more.
bool is_held(const std::vector<Pace>& pace, Time held, Time now) {
  return std::ranges::all_of(pace, [&](const Pace& p) { return now - held < p.interval; });
}

} // namespace

void Paces::load(db::Transaction& tx) {
  asked_ = true;
  const db::Rows rows = tx.query(sql::pace::every, {{"limit", few + 1}});
  whole_ = static_cast<std::int64_t>(rows.size()) <= few;
  if (!whole_) return;
  for (const db::Row& row : rows)
    next_.try_emplace(row.text("key"),
                      Next{row.time("busy"), row.time("next"), row.time("behind"), row.time("kept"), false});
}

Paces::Next& Paces::next(db::Transaction& tx, const std::string& key) {
  if (!asked_) load(tx);
  if (const auto found = next_.find(key); found != next_.end()) return found->second;
  if (whole_) return next_.emplace(key, Next{}).first->second;
  const auto row = tx.one(sql::pace::one, {{"key", key}});
  return next_
      .emplace(key,
               row ? Next{row->time("busy"), row->time("next"), row->time("behind"), row->time("kept"), false} : Next{})
      .first->second;
}

Paces::Place Paces::ask(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential,
                        std::optional<Time> held, Time now) {
  if (held && *held > now) return {.at = *held, .reason = pace.empty() ? Reason() : pace.back().reason, .held = held};
  if (held && !is_held(pace, *held, now)) held.reset();
  Place place{.at = now, .held = held};
  for (const Pace& p : pace) {
    const Next& n = next(tx, key_of(p, credential));
    Time at = n.busy;
    if (p.rank == Rank::first) {
      if (!held) at = std::max(at, n.first);
    } else if (n.first > now && now < n.kept) { // those that go first have the moment
      at = std::max(n.first, n.behind);
      place.held.reset();
    } else if (!held) {
      at = std::max(at, n.behind);
    }
    if (at > place.at) {
      place.at = at;
      place.reason = p.reason;
    }
  }
  return place;
}

void Paces::take(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential, const Place& place,
                 Time now) {
  const bool goes = place.at <= now;
  if (!goes && place.held) return; // its place was counted when it was given
  const Time at = place.held.value_or(place.at);
  for (const Pace& p : pace) {
    const std::string key = key_of(p, credential);
    Next& n = next(tx, key);
    if (goes) {
      n.busy = std::max(n.busy, at + p.interval);
      if (p.rank == Rank::behind) n.kept = at + share * p.interval;
    }
    if (!place.held && p.rank == Rank::first)
      n.first = std::max(n.first, at + p.interval + (n.behind > at ? p.interval / (share - 1) : Millis(0)));
    if (!place.held && p.rank == Rank::behind)
      n.behind = std::max(n.behind, at + (n.first > at ? share : 1) * p.interval);
    if (!n.dirty) dirty_.push_back(key);
    n.dirty = true;
  }
}

void Paces::flush(db::Transaction& tx) {
  for (const std::string& key : dirty_) {
    Next& n = next_.at(key);
    tx.execute(sql::pace::put,
               {{"key", key}, {"next", n.first}, {"busy", n.busy}, {"behind", n.behind}, {"kept", n.kept}});
    n.dirty = false;
  }
  dirty_.clear();
  if (next_.size() <= most_paces) return;
  next_.clear();
  whole_ = false;
}

void Paces::forget() {
  next_.clear();
  dirty_.clear();
  asked_ = whole_ = false;
}

void Paces::forget_passed(db::Transaction& tx, Time now) { tx.execute(sql::pace::forget, {{"now", now}}); }

} // namespace milkrun::ledger
