// Handing out places.
#include "ledger/pace.hpp"

#include "sql/pace.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace milkrun::ledger {
namespace {

constexpr std::size_t most_paces = 50'000;
constexpr std::int64_t few = 1'000;

// One account that several tenants use keeps one pace.
std::string key_of(const Pace& pace, const Credential* c) {
  return fmt::format("{}:{}", c == nullptr ? "" : c->id.value, pace.key);
}

} // namespace

void Paces::load(db::Transaction& tx) {
  asked_ = true;
  const db::Rows rows = tx.query(sql::pace::every, {{"limit", few + 1}});
  whole_ = static_cast<std::int64_t>(rows.size()) <= few;
  if (!whole_) return;
  for (const db::Row& row : rows) next_.try_emplace(row.text("key"), Next{row.time("next"), false});
}

Paces::Next& Paces::next(db::Transaction& tx, const std::string& key) {
  if (!asked_) load(tx);
  if (const auto found = next_.find(key); found != next_.end()) return found->second;
  if (whole_) return next_.emplace(key, Next{}).first->second;
  const auto row = tx.one(sql::pace::next, {{"key", key}});
  return next_.emplace(key, Next{row ? row->time("next") : Time{}, false}).first->second;
}

Paces::Place Paces::first_free(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential,
                               Time now) {
  Place place{now, {}};
  for (const Pace& p : pace)
    if (const Time at = next(tx, key_of(p, credential)).at; at > place.at) place = {at, p.reason};
  return place;
}

void Paces::take(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential, Time at) {
  for (const Pace& p : pace) {
    const std::string key = key_of(p, credential);
    Next& n = next(tx, key);
    n.at = at + p.interval;
    if (!n.dirty) dirty_.push_back(key);
    n.dirty = true;
  }
}

void Paces::flush(db::Transaction& tx) {
  for (const std::string& key : dirty_) {
    Next& n = next_.at(key);
    tx.execute(sql::pace::put, {{"key", key}, {"next", n.at}});
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
