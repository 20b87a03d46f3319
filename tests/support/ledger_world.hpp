// A ledger in memory with the tenants asha and bolt, and short words for what tests do with it.
#pragma once

#include "db/sqlite.hpp"
#include "ledger/runs.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"

namespace milkrun::test {

struct LedgerWorld {
  std::unique_ptr<db::Sqlite> database = db::memory_database();
  const RunId run{"run-1"}, other{"run-2"};

  LedgerWorld() { add_tenants(*database, {"asha", "bolt"}); }

  template <class Body> auto in(Body body) { // body(tx) in a transaction; its result
    using Out = decltype(body(std::declval<db::Transaction&>()));
    if constexpr (std::is_void_v<Out>) {
      database->transact([&](db::Transaction& tx) { body(tx); });
    } else {
      std::optional<Out> out;
      database->transact([&](db::Transaction& tx) { out = body(tx); });
      return std::move(*out);
    }
  }
  void enqueue(const std::string& key, const std::string& tenant = "asha", Time due = noon) {
    in([&](db::Transaction& tx) { ledger::enqueue(tx, "post", key, {tenant}, due, noon); });
  }
  Item item(const std::string& key) const {
    return {.stage = "post", .key = key, .tenant = {"asha"}, .attempt = 1, .row = {}};
  }
  std::vector<ledger::Claimed> claim(const RunId& by, const std::string& tenant = "asha", int limit = 100,
                                     Time now = noon) {
    return in([&](db::Transaction& tx) { return ledger::claim(tx, "post", {tenant}, by, now, limit); });
  }
  std::optional<int> begin(const std::string& key, const RunId& by, const std::string& attempt, bool counted = true) {
    return in([&](db::Transaction& tx) {
      return ledger::begin(tx, item(key), by, {.attempt = {attempt}, .counted = counted, .host = {}}, noon);
    });
  }
  bool arm(const std::string& attempt, Time look_after = noon) {
    return in([&](db::Transaction& tx) { return ledger::arm(tx, {attempt}, "digest", noon, look_after); });
  }
  ledger::Ownership finish(const std::string& key, const RunId& by, const std::string& attempt,
                           const ledger::Decision& d, const Result& result = {Outcome(Done{"ref"})}) {
    return in([&](db::Transaction& tx) {
      return ledger::finish(tx, item(key), d, result, {.run = by, .attempt = AttemptId{attempt}, .uncertain = {}},
                            noon);
    });
  }
  static ledger::Decision decision(Next next, std::string reason = "because") {
    const bool kept = next == Next::uncertain || next == Next::held;
    return {.next = next,
            .at = noon,
            .word = std::string(ledger::word(next)),
            .reason = Reason::stored(reason),
            .detail = "",
            .quota_stays = kept,
            .quota_used = next == Next::done};
  }
  db::Row row(const std::string& key) {
    return rows(*database, "SELECT * FROM ledger WHERE key = $key", {{"key", key}}).at(0);
  }
  std::string state(const std::string& key) { return row(key).text("state"); }
  db::Row attempt(const std::string& id) {
    return rows(*database, "SELECT * FROM attempts WHERE id = $id", {{"id", id}}).at(0);
  }
  void park(const char* scope, const char* id, Time until) {
    change(*database, "INSERT INTO parks (scope, id, until, reason) VALUES ($scope, $id, $until, 'busy')",
           {{"scope", scope}, {"id", id}, {"until", until}});
  }
};

} // namespace milkrun::test
