// Handing out places.
#include "ledger/pace.hpp"

#include "sql/pace.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace milkrun::ledger {
namespace {

constexpr std::size_t most_paces = 50'000;

// One account that several tenants use keeps one pace.
std::string key_of(const Pace& pace, const Credential* c) {
  return fmt::format("{}:{}", c == nullptr ? "" : c->id.value, pace.key);
}

} // namespace

Paces::Next& Paces::next(db::Transaction& tx, const std::string& key) {
  if (const auto found = next_.find(key); found != next_.end()) return found->second;
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
  if (next_.size() > most_paces) next_.clear();
}

void Paces::forget() {
  next_.clear();
  dirty_.clear();
}

void Paces::forget_passed(db::Transaction& tx, Time now) { tx.execute(sql::pace::forget, {{"now", now}}); }

} // namespace milkrun::ledger
